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
    everything = torch.arange(len(real)).unsqueeze(0)
    return float(_estimates(real, fake, everything, everything))


def _estimates(real: Tensor, fake: Tensor, of_real: Tensor, of_fake: Tensor) -> Tensor:
    """The estimate from each pair of subsets: (subsets, m) numbers of features each, to (subsets,)."""
    count = of_real.shape[1]
    within = _within(real, of_real) + _within(fake, of_fake)
    return within / (count * (count - 1)) - 2 * _between(real, fake, of_real, of_fake) / count**2


def _within(features: Tensor, subsets: Tensor) -> Tensor:
    """Kernels of each two different features of a subset, summed: (subsets,)."""
    # The kernel is symmetric: one by one, half of it is enough.
    if _shares(len(features) ** 2, subsets.shape[1] ** 2 // 2, len(subsets)):
        sums = _sums_of_subsets(features, features, subsets, subsets)
    else:
        sums = torch.stack([_symmetric_sum(features[subset].double()) for subset in subsets])
    return sums - _kernel_of(features.double().square().sum(1), features.shape[1])[subsets].sum(1)


def _between(one: Tensor, other: Tensor, of_one: Tensor, of_other: Tensor) -> Tensor:
    """Kernels of each feature of a subset of one set with each of that of the other, summed: (subsets,)."""
    if _shares(len(one) * len(other), of_one.shape[1] * of_other.shape[1], len(of_one)):
        return _sums_of_subsets(one, other, of_one, of_other)
    everything = torch.arange(of_one.shape[1]).unsqueeze(0)
    pairs = zip(of_one, of_other, strict=True)
    return torch.cat([_sums_of_subsets(one[rows], other[columns], everything, everything) for rows, columns in pairs])


def _shares(pairs: int, pairs_of_subset: int, subsets: int) -> bool:
    """Whether all kernels of two sets are fewer than those of the subsets one by one, which have many of them in common."""
    return pairs < pairs_of_subset * subsets


def _sums_of_subsets(one: Tensor, other: Tensor, of_one: Tensor, of_other: Tensor) -> Tensor:
    """All kernels once, by blocks, and of each subset the sum of those that are its own: (subsets,)."""
    rows, columns = _chosen(of_one, len(one)), _chosen(of_other, len(other)).T
    other = other.double()
    total = torch.zeros(len(rows), dtype=torch.float64)
    for block, chosen in zip(torch.split(one, _BLOCK), torch.split(rows, _BLOCK, dim=1), strict=True):
        values = _kernel_of(block.double() @ other.T, one.shape[1])
        total += (chosen.T * (values @ columns)).sum(0)
    return total


def _symmetric_sum(features: Tensor) -> Tensor:
    """Of all pairs of features, those behind one another once, and doubled."""
    total = torch.zeros((), dtype=torch.float64)
    for start in range(0, len(features), _BLOCK):
        values = _kernel_of(features[start : start + _BLOCK] @ features[start:].T, features.shape[1])
        total += 2 * values.sum() - values[:, :_BLOCK].sum()
    return total


def _kernel_of(products: Tensor, dimensions: int) -> Tensor:
    """Of dot products, which are overwritten."""
    values = products.div_(dimensions).add_(1)
    return values.square().mul_(values)


def _chosen(subsets: Tensor, count: int) -> Tensor:
    """Which of so many features each subset has: (subsets, count), 0 or 1."""
    return torch.zeros(len(subsets), count, dtype=torch.float64).scatter_(1, subsets, 1)


def _measure(real: SetFeatures, fake: SetFeatures, seed: int) -> Measured:
    assert real.features is not None
    assert fake.features is not None
    values = _estimates(real.features, fake.features, _drawn(real.count, seed, "real"), _drawn(fake.count, seed, "fake"))
    return Measured(value=float(values.mean()), spread=float(values.std(correction=0)))


def _drawn(count: int, seed: int, name: str) -> Tensor:
    """The numbers of the features of each subset: (subsets, m)."""
    return torch.stack([shuffled(count, seed, "kid", name, number)[:_SUBSET] for number in range(_SUBSETS)])


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
