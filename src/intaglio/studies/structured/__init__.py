"""The family of studies about structured pruning of classifiers."""
