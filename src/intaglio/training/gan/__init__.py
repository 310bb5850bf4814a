"""Training of GANs: presets, what they begin with, and two kinds of games."""
