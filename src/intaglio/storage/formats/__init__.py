"""One file for each foreign checkpoint format; each ends in its `FORMAT`."""
