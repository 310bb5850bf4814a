"""Precision and recall of generated pictures: the share that could be real, and the share of the real ones that is reached.

Kynkäänniemi, Karras, Laine, Lehtinen & Aila, Improved Precision and Recall Metric for Assessing Generative Models, NeurIPS
2019, eqs. 1 and 2. A set covers what lies no farther from one of its features than the third nearest other feature of the set.
Precision is the share of generated pictures that the real set covers, recall the share of real ones that the generated set
covers.

Departures: none. Precision and recall of distributions (Sajjadi et al. 2018), whose F-scores StudioGAN prints as F_8 and F_1/8,
are not computed: they rest on a clustering that is drawn at random, and lie near 1 for all good networks. Values of the two
kinds are not comparable.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from intaglio.metrics.set_features import SetFeatures
from intaglio.metrics.set_metric import Measured, SetMetric

_NEIGHBORS = 3
# Distances held at a time, 8 bytes each.
_HELD = 4_000_000
# Squared distances below this share of the squared lengths are rounding: the features are equal.
_ROUNDING = 1e-12


def covered(features: Tensor, by: Tensor) -> float:
    """The share of the features of one set that another set covers, in [0, 1].

    Both sets are held in float64, 8 bytes a value, distances in blocks of 32 MB. Time grows
    with the product of the counts.

    Args:
        features: (N, D).
        by: (M, D), of the set that covers; M at least 4.

    """
    # Around the middle, so that lengths are of the size of distances and the difference of squares loses nothing.
    middle = by.double().mean(0)
    features, by = features.double() - middle, by.double() - middle
    # Of each feature itself is the nearest.
    radii = torch.cat([rows.topk(_NEIGHBORS + 1, largest=False).values[:, -1] for rows in _squared_distances(by, by)])
    return sum(int((rows <= radii).any(1).sum()) for rows in _squared_distances(features, by)) / len(features)


def _squared_distances(one: Tensor, other: Tensor) -> Iterator[Tensor]:
    """(N, M), by blocks of rows."""
    lengths = other.square().sum(1)
    for rows in torch.split(one, max(1, _HELD // len(other))):
        sums = rows.square().sum(1, keepdim=True) + lengths
        distances = sums - 2 * rows @ other.T
        yield distances.where(distances > _ROUNDING * sums, 0.0)


def _precision(real: SetFeatures, fake: SetFeatures, _: int) -> Measured:
    assert real.features is not None
    assert fake.features is not None
    return Measured(value=covered(fake.features, real.features))


def _recall(real: SetFeatures, fake: SetFeatures, _: int) -> Measured:
    return _precision(fake, real, _)


_SETTINGS = f"{_NEIGHBORS} neighbors"
PRECISION = SetMetric(
    name="precision",
    symbol="precision",
    title="share of generated pictures among the real ones (Kynkäänniemi et al. 2019)",
    better="higher",
    settings=_SETTINGS,
    least=_NEIGHBORS + 1,
    features=True,
    measure=_precision,
)
RECALL = SetMetric(
    name="recall",
    symbol="recall",
    title="share of real pictures among the generated ones (Kynkäänniemi et al. 2019)",
    better="higher",
    settings=_SETTINGS,
    least=_NEIGHBORS + 1,
    features=True,
    measure=_recall,
)
