"""Losses as objectives: what a training run or an optimization makes small; terms are named and returned separately."""
