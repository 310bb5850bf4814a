"""What a study of structured pruning found: accuracies over seeds, before the retraining and after it."""

from intaglio.studies.outcomes import AtSpeedup, Outcomes
from intaglio.studies.spread import Spread
from intaglio.studies.structured.plan import PruningPlan
from intaglio.studies.structured.trials import Trial, control, trials
from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.spec import Spec


class Pruned(Spec):
    """One pruning."""

    dense: float
    """Accuracy of the dense network, in [0, 1], on pictures that none has learned from; so are the others."""
    cut: float
    """At the step after which all groups were gone."""
    retrained: float
    speedup: float
    """Of the convolutions, by their multiply-accumulates that are left."""
    groups: int
    """Of all layers that are pruned."""
    recovered: int
    """How many of them were pushed once, and were not any more in the end."""
    forced: int
    """How many had not been pushed out when the steps had run out, and were cut."""
    finished: int
    """The step after which all groups were gone."""

    @property
    def lost(self) -> float:
        """Points of accuracy that are lost, of 100."""
        return 100 * (self.dense - self.retrained)


class Outcome(AtSpeedup):
    """A method at a speedup."""

    method: str
    runs: dict[int, Pruned]
    """By seed; those that are not done are missing."""
    cut: Spread
    retrained: Spread
    lost: Spread
    """Points of accuracy, of 100, seed by seed."""
    speedup: Spread
    recovered: Spread
    """Groups."""


class PruningFindings(Outcomes[Outcome]):
    """What is known about one network."""

    network: str
    dense: dict[int, float]
    """Accuracy of the dense network by seed."""
    accuracy: Spread
    """The same, over the seeds."""
    trained_on: Spread | None
    """Of dense networks that were trained on for as many steps as those that were pruned; None until one is there."""
    missing: int
    """Prunings that are still to be done."""


def findings(plan: PruningPlan, workspace: Workspace) -> PruningFindings | None:
    """What is known so far; None until the first dense network is there."""
    runs: dict[tuple[str, float], dict[int, Pruned]] = {}
    methods: dict[str, str] = {}
    dense: dict[int, float] = {}
    missing = 0
    for trial in trials(plan):
        learned = workspace.result(trial.dense.digest())
        if learned is not None:
            dense[trial.seed] = float(learned["accuracy"])
        found = _pruned(trial, dense, workspace)
        if found is None:
            missing += 1
        else:
            runs.setdefault((trial.arm, trial.speedup), {})[trial.seed] = found
            methods[trial.arm] = trial.method
    if not dense:
        return None
    controls = [result for seed in plan.seeds if (result := workspace.result(control(plan, seed).digest())) is not None]
    outcomes = (_outcome(arm, methods[arm], speedup, found) for (arm, speedup), found in runs.items())
    return PruningFindings(
        network=plan.network,
        dense=dense,
        accuracy=Spread.of(dense.values()),
        trained_on=Spread.of(float(one["accuracy"]) for one in controls) if controls else None,
        outcomes=tuple(outcomes),
        missing=missing,
    )


def _pruned(trial: Trial, dense: dict[int, float], workspace: Workspace) -> Pruned | None:
    result = workspace.result(trial.prune.digest())
    if result is None or trial.seed not in dense:
        return None
    layers = result["layers"].values()
    return Pruned(
        dense=dense[trial.seed],
        cut=result["pruned"],
        retrained=result["retrained"],
        speedup=result["speedup"],
        groups=sum(layer["groups"] for layer in layers),
        recovered=sum(layer["recovered"] for layer in layers),
        forced=sum(layer.get("forced", 0) for layer in layers),
        finished=result["finished"],
    )


def _outcome(arm: str, method: str, speedup: float, runs: dict[int, Pruned]) -> Outcome:
    found = list(runs.values())
    return Outcome(
        arm=arm,
        method=method,
        asked=speedup,
        runs=runs,
        cut=Spread.of(one.cut for one in found),
        retrained=Spread.of(one.retrained for one in found),
        lost=Spread.of(one.lost for one in found),
        speedup=Spread.of(one.speedup for one in found),
        recovered=Spread.of(one.recovered for one in found),
    )
