"""Reports on tickets in GANs."""
