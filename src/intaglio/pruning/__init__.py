"""Row 2: what is pruned and what is kept, as values and pure functions."""
