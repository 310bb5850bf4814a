"""Gram matrices of features, and what losses need of lifted features without lifting them; differentiable.

Gatys, Ecker & Bethge, Image Style Transfer Using Convolutional Neural Networks, CVPR 2016, eq. 3; divided by C H W, as in the
code of Wang et al. 2020.

Linear-embedding heads lift a compressed network's features to four times as many channels. Means, Gram matrices and mean
squared differences of what a linear map gives follow from those of what it is given: the same numbers for less work.
Sums are float32 at least, whatever autocast says: they run over thousands of positions.
"""

import torch
from torch import Tensor, nn

from intaglio.models.style.statistics import mean_and_std, wide


def gram(features: Tensor) -> Tensor:
    """Gram matrices `F F^T / (C H W)`, (N, C, C), float32 or wider, of features (N, C, H, W)."""
    return second_moment(features) / features.shape[1]


def second_moment(features: Tensor) -> Tensor:
    """Mean of `f f^T` over positions, (N, C, C), float32 or wider, of features (N, C, H, W); not centered."""
    rows = wide(features).flatten(2)
    with torch.autocast(features.device.type, enabled=False):
        return rows @ rows.mT / rows.shape[2]


def lifted_gram(features: Tensor, head: nn.Conv2d) -> Tensor:
    """`gram(head(features))` for a 1x1 convolution `x -> W x + b`.

    With `R` the mean of `f f^T` over positions and `m` that of `f`, it is
    `(W R W^T + W m b^T + b m^T W^T + b b^T) / C`, C the channels lifted to.
    """
    weight, bias = _map(head)
    second, mean = second_moment(features), wide(features).mean((2, 3))
    with torch.autocast(features.device.type, enabled=False):
        crossed = (weight @ mean.mT).mT[:, :, None] * bias
        lifted: Tensor = (weight @ second @ weight.mT + crossed + crossed.mT + torch.outer(bias, bias)) / len(bias)
    return lifted


def lifted_mean_and_std(features: Tensor, head: nn.Conv2d | None, epsilon: float = 1e-5) -> tuple[Tensor, Tensor]:
    """`mean_and_std(head(features))`: `W m + b`, and the root of the diagonal of `W S W^T`; without a head, plain."""
    if head is None:
        return mean_and_std(features, epsilon)
    weight, bias = _map(head)
    exact = wide(features)
    mean = exact.mean((2, 3))
    positions = exact.shape[2] * exact.shape[3]
    covariance = second_moment(exact - mean[..., None, None]) * (positions / (positions - 1))
    with torch.autocast(features.device.type, enabled=False):
        variance = ((weight @ covariance) * weight).sum(-1)
        return mean @ weight.mT + bias, (variance.clamp_min(0.0) + epsilon).sqrt()


def lifted_distance(one: Tensor, other: Tensor, head: nn.Conv2d | None) -> Tensor:
    """Mean squared difference of `head(one)` and `head(other)`, the mean of `|W d|^2`; the features' own without a head."""
    difference = wide(one) - wide(other)
    if head is None:
        return difference.square().mean()
    weight, _ = _map(head)
    with torch.autocast(one.device.type, enabled=False):
        return (second_moment(difference) * (weight.mT @ weight)).sum((1, 2)).mean() / len(weight)


def _map(head: nn.Conv2d) -> tuple[Tensor, Tensor]:
    assert head.bias is not None
    return head.weight.flatten(1), head.bias
