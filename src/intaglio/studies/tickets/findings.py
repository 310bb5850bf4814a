"""What a lottery study found: errors over seeds, which tickets match, the best and the sparsest of them.

A ticket *matches* where the mean of its errors over the seeds is at or below that of the dense network; Kong et al. 2022 give
no tolerance. The 95 % interval beside it is that of the difference, seed by seed (Student's t), and says how sure that is.
"""

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from intaglio.studies.tickets.lottery import DENSE, LotterySpec, trials
from intaglio.studies.workspace import Workspace
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


def findings(spec: LotterySpec, workspace: Workspace) -> Findings | None:
    """What is known so far; None until the first dense network is judged."""
    errors: dict[tuple[str, int], dict[int, float]] = {}
    shares: dict[tuple[str, int], tuple[float, float]] = {}
    missing = 0
    for trial in trials(spec):
        judged = workspace.result(trial.judge.digest())
        if judged is None:
            missing += 1
            continue
        key = trial.arm, trial.round
        errors.setdefault(key, {})[trial.seed] = float(judged["error"])
        cut = workspace.result(trial.cut.digest()) if trial.cut else None
        shares[key] = (cut["sparsity"], cut["sparsity_of_parameters"]) if cut else (0.0, 0.0)
    dense = errors.get((DENSE, 0))
    if not dense:
        return None
    levels = [_level(*key, *shares[key], found, dense) for key, found in errors.items() if found.keys() & dense.keys()]
    return Findings(
        network=spec.network,
        dense=levels[0],
        levels=tuple(level for level in levels[1:] if level.arm != DENSE),
        missing=missing,
    )


def interval(values: Sequence[float]) -> Interval:
    """The mean of values, at least one, with the 95 % interval of Student's t."""
    mean = fmean(values)
    if len(values) < 2:
        return Interval(mean=mean, low=None, high=None)
    freedom = len(values) - 1
    quantile = _STUDENT[freedom - 1] if freedom <= len(_STUDENT) else _NORMAL
    reach = quantile * stdev(values) / math.sqrt(len(values))
    return Interval(mean=mean, low=mean - reach, high=mean + reach)


def _level(
    arm: str, number: int, sparsity: float, of_parameters: float, errors: dict[int, float], dense: dict[int, float]
) -> Level:
    difference = interval([errors[seed] - dense[seed] for seed in sorted(errors.keys() & dense.keys())])
    return Level(
        arm=arm,
        round=number,
        sparsity=sparsity,
        sparsity_of_parameters=of_parameters,
        errors=dict(sorted(errors.items())),
        error=interval(list(errors.values())),
        difference=difference,
        matches=difference.mean <= 0,
    )
