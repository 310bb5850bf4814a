"""Studies of tickets in GANs."""
