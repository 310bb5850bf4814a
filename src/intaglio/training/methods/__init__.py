"""The ways to train and teach, one file each; `intaglio.training.catalog` lists them."""
