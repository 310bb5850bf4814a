"""Row 1: what the pages that the package writes share: their look, and pieces of HTML."""
