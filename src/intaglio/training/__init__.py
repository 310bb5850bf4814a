"""Row 4: one training loop, what hangs on it, and the recipes that use it."""
