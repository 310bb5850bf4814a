"""Row 4: pictures of any size through a style network, exactly, in bounded memory."""
