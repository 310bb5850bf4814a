"""Sets of features that are drawn from Gaussians, as a feature network might give them."""

import torch
from torch import Tensor

from intaglio.metrics.set_features import SetFeatures, gather

COUNT, DIMENSIONS, CLASSES = 1000, 6, 4


def drawn(seed: int, count: int = COUNT, dimensions: int = DIMENSIONS, *, mean: float = 0.0, scale: float = 1.0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, dimensions, generator=generator) * scale + mean


def gathered(features: Tensor, *, batch: int = 100) -> SetFeatures:
    """The set, with scores that are the first of its features."""
    batches = [(rows, rows[:, :CLASSES]) for rows in torch.split(features, batch)]
    return gather(batches, len(features), features=True, scores=True)
