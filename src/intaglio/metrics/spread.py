"""Means over a grid of content x style pairs, and how sure they are.

Pairs that share a content or a style are alike, so n pairs say less than n independent pictures would. The variance of the mean
is therefore clustered both ways (Cameron, Gelbach & Miller, Robust Inference with Multiway Clustering, 2011),

    V = V_contents + V_styles - V_pairs,    V_g = g / (g - 1) x sum over the g groups of (sum of residuals)^2 / n^2,

which is the usual variance of a mean where each content and each style occurs once.

Departures:
- V is never taken below V_pairs; with few groups the difference may come out lower, or negative.
"""

import math
from collections.abc import Hashable, Sequence
from statistics import fmean

from intaglio.vocabulary.spec import Spec

# Of the normal distribution: 95 % lie within.
_DEVIATIONS = 1.959964


class Spread(Spec):
    """A mean and its uncertainty."""

    mean: float
    standard_error: float | None
    """None for a single pair."""
    low: float | None
    """Lower end of the 95 % interval; roughly, where there are fewer than about ten contents or styles."""
    high: float | None
    """Upper end."""


def spread(values: Sequence[float], contents: Sequence[Hashable], styles: Sequence[Hashable]) -> Spread:
    """Mean of the values of pairs, at least one; `contents` and `styles` say what each pair was made of."""
    mean = fmean(values)
    residuals = [value - mean for value in values]
    if len(values) < 2:
        return Spread(mean=mean, standard_error=None, low=None, high=None)
    of_pairs = _variance(residuals, range(len(values)))
    clustered = _variance(residuals, contents) + _variance(residuals, styles) - of_pairs
    error = math.sqrt(max(of_pairs, clustered))
    return Spread(mean=mean, standard_error=error, low=mean - _DEVIATIONS * error, high=mean + _DEVIATIONS * error)


def _variance(residuals: Sequence[float], groups: Sequence[Hashable]) -> float:
    """Of the mean, from the sums within groups; 0 for a single group, of which nothing can be said."""
    sums: dict[Hashable, float] = {}
    for residual, group in zip(residuals, groups, strict=True):
        sums[group] = sums.get(group, 0.0) + residual
    if len(sums) < 2:
        return 0.0
    return len(sums) / (len(sums) - 1) * sum(total**2 for total in sums.values()) / len(residuals) ** 2
