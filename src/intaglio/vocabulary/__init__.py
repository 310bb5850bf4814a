"""Row 0: the words every other layer speaks. Imports nothing of the package, and no torch."""
