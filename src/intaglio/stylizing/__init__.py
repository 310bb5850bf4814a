"""Row 4: pictures of any size through style networks and translators, exactly, in bounded memory."""
