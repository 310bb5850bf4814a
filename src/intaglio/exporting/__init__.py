"""Row 4: networks made ready to be used: smaller with the same output."""
