"""Carve generative image networks down to what matters, and run them on pictures of any size."""
