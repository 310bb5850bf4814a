"""The networks of a plan, as steps.

Every seed has a large network of its own, from which everything begins. All train for as many steps: what a method does not
need to push its filters out, it has to train on, and distillation shares them out between its two phases.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from intaglio.studies.compression.plan import CompressionPlan
from intaglio.studies.compression.steps import PruneStyle, Teach
from intaglio.studies.tickets.steps import Begin, Judge, Train
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.spec import Spec

DISTILLED = "distilled"
"""The arm of narrow copies."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A network that is made and judged."""

    arm: str
    """The method, or `DISTILLED`; "large" for networks that stay as they are."""
    speedup: float
    seed: int
    made: PruneStyle | Teach | Train
    judge: Judge


def trials(plan: CompressionPlan) -> Iterator[Trial]:
    """All networks that are made smaller."""
    for seed in plan.seeds:
        large = dense(plan, seed).made.digest()
        for arm in (*plan.methods, *((DISTILLED,) if plan.taught else ())):
            for speedup in plan.speedups:
                made = _taught(plan, seed, large, speedup) if arm == DISTILLED else _pruned(plan, seed, large, arm, speedup)
                yield Trial(arm=arm, speedup=speedup, seed=seed, made=made, judge=_judge(plan, made))


def dense(plan: CompressionPlan, seed: int) -> Trial:
    """The large network of a seed."""
    return _large(plan, seed, _begin(plan, seed).digest(), plan.training)


def control(plan: CompressionPlan, seed: int) -> Trial:
    """The same, trained on for as many steps as those that are made smaller."""
    longer = plan.retraining.model_copy(update={"steps": plan.budget})
    return _large(plan, seed, dense(plan, seed).made.digest(), longer)


def steps(plan: CompressionPlan) -> list[Spec]:
    """Of all trials, each once, behind those that it needs."""
    found: list[Spec] = []
    for seed in plan.seeds:
        references = (dense(plan, seed), control(plan, seed))
        found += [_begin(plan, seed), *(step for one in references for step in (one.made, one.judge))]
    found += [step for trial in trials(plan) for step in (trial.made, trial.judge)]
    return list({step.digest(): step for step in found}.values())


def _begin(plan: CompressionPlan, seed: int) -> Begin:
    return Begin(
        network=plan.network,
        encoder=plan.encoder,
        start=plan.start,
        loss_network=plan.loss_network,
        settings=plan.settings,
        data=plan.data,
        crop=plan.crop,
        batch_size=plan.training.batch_size,
        seed=seed,
    )


def _large(plan: CompressionPlan, seed: int, begin: str, training: TrainingSpec) -> Trial:
    made = Train(begin=begin, data=plan.data, training=_seeded(training, seed), **_shared(plan))
    return Trial(arm="large", speedup=1.0, seed=seed, made=made, judge=_judge(plan, made))


def _pruned(plan: CompressionPlan, seed: int, large: str, method: str, speedup: float) -> PruneStyle:
    way = plan.ways[method]
    rest = plan.budget - way.training.steps
    return PruneStyle(
        of=large,
        data=plan.data,
        method=method,
        speedup=speedup,
        multiple=plan.multiple,
        interval=way.interval,
        rule=way.rule,
        pruning=_seeded(way.training, seed),
        retraining=_seeded(plan.retraining, seed).model_copy(update={"steps": rest}),
        **_shared(plan),
    )


def _taught(plan: CompressionPlan, seed: int, large: str, speedup: float) -> Teach:
    training, first = _seeded(plan.retraining, seed), round(plan.lesson * plan.budget)
    return Teach(
        of=large,
        data=plan.data,
        speedup=speedup,
        multiple=plan.multiple,
        encoder=training.model_copy(update={"steps": first}),
        decoder=training.model_copy(update={"steps": plan.budget - first}),
        **_shared(plan),
    )


def _judge(plan: CompressionPlan, made: Spec) -> Judge:
    return Judge(of=made.digest(), data=plan.test, batches=plan.batches, batch_size=plan.training.batch_size, **_shared(plan))


def _shared(plan: CompressionPlan) -> dict[str, Any]:
    return {"network": plan.network, "loss_network": plan.loss_network, "losses": plan.losses, "crop": plan.crop}


def _seeded(training: TrainingSpec, seed: int) -> TrainingSpec:
    return training.model_copy(update={"seed": seed})
