"""Generators, translators and discriminators, as the papers on tickets of GANs use them; every width is configuration."""
