"""Row 4: one training loop, what hangs on it, the recipes that use it, and the evaluation of what comes out."""
