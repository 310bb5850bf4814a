"""What a study of smaller style networks found: their errors beside that of the large one, over seeds."""

from intaglio.studies.compression.plan import CompressionPlan
from intaglio.studies.compression.trials import Trial, control, dense, trials
from intaglio.studies.outcomes import AtSpeedup, Outcomes
from intaglio.studies.spread import Spread
from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.spec import Spec


class Errors(Spec):
    """The loss of a network on pictures that it never saw, and its parts."""

    error: float
    content: float
    style: float


class Smaller(Spec):
    """One network that was made smaller."""

    dense: Errors
    """Of the large network of the same seed."""
    errors: Errors
    speedup: float
    """Of the convolutions, by their multiply-accumulates."""
    parameters: int
    cut: float | None
    """Error at the step after which all filters were gone, on other crops of what it learns from; None where nothing goes."""
    recovered: int | None
    """Filters that were pushed once, and were not any more in the end; None where nothing pushes."""
    forced: int | None
    """Filters that had not been pushed out when the steps had run out, and were cut; None where nothing pushes."""

    @property
    def times(self) -> float:
        """Its error over that of the large network."""
        return self.errors.error / self.dense.error


class Outcome(AtSpeedup):
    """An arm at a speedup."""

    runs: dict[int, Smaller]
    """By seed; those that are not done are missing."""
    error: Spread
    content: Spread
    style: Spread
    times: Spread
    """Error over that of the large network, seed by seed."""
    speedup: Spread


class CompressionFindings(Outcomes[Outcome]):
    """What is known about one network."""

    network: str
    dense: dict[int, Errors]
    """Of the large network, by seed."""
    error: Spread
    """The same, over the seeds."""
    trained_on: Spread | None
    """Of large networks that were trained on for as many steps as the others; None until one is there."""
    missing: int
    """Networks that are still to be made."""


def findings(plan: CompressionPlan, workspace: Workspace) -> CompressionFindings | None:
    """What is known so far; None until the first large network is judged."""
    large = {seed: found for seed in plan.seeds if (found := _judged(dense(plan, seed), workspace)) is not None}
    longer = [found for seed in plan.seeds if (found := _judged(control(plan, seed), workspace)) is not None]
    runs: dict[tuple[str, float], dict[int, Smaller]] = {}
    missing = 0
    for trial in trials(plan):
        made = _smaller(trial, large, workspace)
        if made is None:
            missing += 1
        else:
            runs.setdefault((trial.arm, trial.speedup), {})[trial.seed] = made
    if not large:
        return None
    return CompressionFindings(
        network=plan.network,
        dense=large,
        error=Spread.of(one.error for one in large.values()),
        trained_on=Spread.of(one.error for one in longer) if longer else None,
        outcomes=tuple(_outcome(arm, speedup, found) for (arm, speedup), found in runs.items()),
        missing=missing,
    )


def _judged(one: Trial, workspace: Workspace) -> Errors | None:
    result = workspace.result(one.judge.digest())
    return None if result is None else Errors(**{name: float(result[name]) for name in Errors.model_fields})


def _smaller(trial: Trial, large: dict[int, Errors], workspace: Workspace) -> Smaller | None:
    errors, made = _judged(trial, workspace), workspace.result(trial.made.digest())
    if errors is None or made is None or trial.seed not in large:
        return None
    return Smaller(
        dense=large[trial.seed],
        errors=errors,
        speedup=made["speedup"],
        parameters=made["parameters"],
        cut=made.get("cut"),
        recovered=made.get("recovered"),
        forced=made.get("forced"),
    )


def _outcome(arm: str, speedup: float, runs: dict[int, Smaller]) -> Outcome:
    found = list(runs.values())
    return Outcome(
        arm=arm,
        asked=speedup,
        runs=runs,
        error=Spread.of(one.errors.error for one in found),
        content=Spread.of(one.errors.content for one in found),
        style=Spread.of(one.errors.style for one in found),
        times=Spread.of(one.times for one in found),
        speedup=Spread.of(one.speedup for one in found),
    )
