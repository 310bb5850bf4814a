"""Losses of GANs: pure functions of scores and pictures; the training loop says whose parameters they move."""
