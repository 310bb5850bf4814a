"""Row 2: losses as objectives: what a training run makes small; terms are named and returned one by one."""
