"""Channels that can only go together, found by experiment: the widths of a network."""
