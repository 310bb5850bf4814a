"""Row 2: numbers about networks and pictures."""
