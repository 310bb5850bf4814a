"""Networks that say what is in a picture, as the papers on structured pruning use them; every width is configuration."""
