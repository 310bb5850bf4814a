"""Errors of tickets at levels of sparsity, over seeds: which of them match the dense network, the best and the sparsest.

A ticket *matches* where the mean of its errors over the seeds is at or below that of the dense network; Kong et al. 2022 give
no tolerance. The 95 % interval beside it is that of the difference, seed by seed (Student's t), and says how sure that is.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Self

from intaglio.vocabulary.spec import Spec

# 97.5 % quantiles of Student's t, by degrees of freedom; beyond them the normal one is near enough.
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131)
_NORMAL = 1.96


class Interval(Spec):
    """A mean over seeds."""

    mean: float
    low: float | None
    """Lower end of the 95 % interval; None for a single seed."""
    high: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """The mean of values, at least one, with the 95 % interval of Student's t."""
        mean = fmean(values)
        if len(values) < 2:
            return cls(mean=mean, low=None, high=None)
        freedom = len(values) - 1
        quantile = _STUDENT[freedom - 1] if freedom <= len(_STUDENT) else _NORMAL
        reach = quantile * stdev(values) / math.sqrt(len(values))
        return cls(mean=mean, low=mean - reach, high=mean + reach)


class Level(Spec):
    """One arm at one sparsity."""

    arm: str
    round: int
    sparsity: float
    """Of the weights that may be pruned."""
    sparsity_of_parameters: float
    """Of all parameters of the network."""
    errors: dict[int, float]
    """By seed; seeds that are not done are missing."""
    error: Interval
    difference: Interval
    """From the dense network, seed by seed; below zero is better."""
    matches: bool
    """Whether the mean is at or below the dense one, over the same seeds."""


class Findings(Spec):
    """All levels of a study that are done."""

    network: str
    dense: Level
    levels: tuple[Level, ...]
    missing: int
    """Trials that are not done yet."""

    def of(self, arm: str) -> tuple[Level, ...]:
        """The levels of an arm, by sparsity."""
        return tuple(sorted((level for level in self.levels if level.arm == arm), key=lambda level: level.round))

    def arms(self) -> list[str]:
        """Those of which something is done, in the order of the study."""
        return list(dict.fromkeys(level.arm for level in self.levels))

    def at(self, arm: str, number: int) -> Level | None:
        """The level of an arm after a round; None if it is not there."""
        return next((level for level in self.levels if (level.arm, level.round) == (arm, number)), None)

    def best(self, arm: str) -> Level | None:
        """The level of the lowest mean error."""
        return min(self.of(arm), key=lambda level: level.error.mean, default=None)

    def extreme(self, arm: str) -> Level | None:
        """The sparsest level that matches; None if none does."""
        return max((level for level in self.of(arm) if level.matches), key=lambda level: level.sparsity, default=None)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A network that was judged."""

    arm: str
    seed: int
    round: int
    error: float
    sparsity: float = 0.0
    sparsity_of_parameters: float = 0.0


def levels_of(network: str, dense: Iterable[Judged], tickets: Iterable[Judged], missing: int) -> Findings | None:
    """What is known about a network; None until a dense one is judged.

    Args:
        network: its name.
        dense: one for each seed.
        tickets: in the order of the study.
        missing: how many are still to be trained.

    """
    first = list(dense)
    if not first:
        return None
    errors = {one.seed: one.error for one in first}
    found: dict[tuple[str, int], list[Judged]] = {}
    for one in tickets:
        found.setdefault((one.arm, one.round), []).append(one)
    levels = (_level(known, errors) for known in found.values() if any(one.seed in errors for one in known))
    return Findings(network=network, dense=_level(first, errors), levels=tuple(levels), missing=missing)


def _level(known: Sequence[Judged], dense: Mapping[int, float]) -> Level:
    one, errors = known[-1], {each.seed: each.error for each in known}
    difference = Interval.of([errors[seed] - dense[seed] for seed in sorted(errors.keys() & dense.keys())])
    return Level(
        arm=one.arm,
        round=one.round,
        sparsity=one.sparsity,
        sparsity_of_parameters=one.sparsity_of_parameters,
        errors=dict(sorted(errors.items())),
        error=Interval.of(list(errors.values())),
        difference=difference,
        matches=difference.mean <= 0,
    )
