"""The family of studies about smaller style networks: structured pruning beside distillation to the same costs."""
