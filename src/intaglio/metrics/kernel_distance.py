"""Squared maximum mean discrepancy between the features of two sets of pictures, with a polynomial kernel: KID.

Bińkowski, Sutherland, Arbel & Gretton, Demystifying MMD GANs, ICLR 2018, section 4. With the kernel
k(x, y) = (x.y / D + 1)^3 and m features of each set the unbiased estimate is

    sum over i != j of (k(x_i, x_j) + k(y_i, y_j)) / (m (m - 1))  -  2 x sum over i, j of k(x_i, y_j) / m^2.

It is unbiased at any m, which FID is not, and so comes out negative at times where the sets are alike. The kernel is not free
of scale: values through networks whose features differ in size cannot be compared.

Departures:
- None of the estimate. How many subsets are averaged differs from code to code; here 100 of 1,000 pictures, each drawn from its
  set without repetition, as in torch-fidelity.
"""

import torch
from torch import Tensor

from intaglio.metrics.set_features import SetFeatures, shuffled
from intaglio.metrics.set_metric import Measured, SetMetric

_SUBSETS, _SUBSET = 100, 1000
_BLOCK = 100


def kernel_distance(real: Tensor, fake: Tensor) -> float:
    """Unbiased estimate of the squared MMD, from as many features of each set: both (m, D), float64, m at least 2."""
    count = len(real)
    within = sum(_kernel_sum(features, features) - _diagonal_sum(features) for features in (real, fake))
    return within / (count * (count - 1)) - 2 * _kernel_sum(real, fake) / count**2


def _kernel_sum(one: Tensor, other: Tensor) -> float:
    """Over all pairs, by blocks that stay in the caches."""
    total = 0.0
    for rows in torch.split(one, _BLOCK):
        values = (rows @ other.T).div_(one.shape[1]).add_(1).flatten()
        total += float(values.square().dot(values))
    return total


def _diagonal_sum(features: Tensor) -> float:
    """Of each with itself."""
    return float((features.square().mean(1) + 1).pow(3).sum())


def _measure(real: SetFeatures, fake: SetFeatures, seed: int) -> Measured:
    assert real.features is not None
    assert fake.features is not None
    values = torch.tensor(
        [
            kernel_distance(
                _drawn(real.features, seed, "real", number),
                _drawn(fake.features, seed, "fake", number),
            )
            for number in range(_SUBSETS)
        ],
        dtype=torch.float64,
    )
    return Measured(value=float(values.mean()), spread=float(values.std(correction=0)))


def _drawn(features: Tensor, seed: int, name: str, number: int) -> Tensor:
    return features[shuffled(len(features), seed, "kid", name, number)[:_SUBSET]].double()


KID = SetMetric(
    name="kid",
    symbol="KID",
    title="squared MMD of the features with a cubic kernel, unbiased (Bińkowski et al. 2018)",
    better="lower",
    settings=f"{_SUBSETS} subsets of {_SUBSET:,}",
    least=_SUBSET,
    features=True,
    measure=_measure,
)
