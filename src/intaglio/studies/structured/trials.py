"""The prunings of a plan, as steps.

Every seed has a dense network of its own, from which all methods begin. All methods train for as many steps in all: what a
method does not need to push its groups out, it has to train on.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from intaglio.studies.structured.plan import Lesson, Moment, PruningPlan
from intaglio.studies.structured.steps import Learn, Prune
from intaglio.vocabulary.spec import Spec


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A network that is pruned and judged."""

    arm: str
    """The method; and when it pruned, where that was not afterwards."""
    method: str
    speedup: float
    seed: int
    dense: Learn
    """The network that it is compared with: one that has learned the same pictures, and lost nothing."""
    prune: Prune


def trials(plan: PruningPlan) -> Iterator[Trial]:
    """All prunings of a study."""
    for seed in plan.seeds:
        *_, dense = _lessons(plan, seed)
        for moment in plan.moments:
            for method in plan.methods:
                for speedup in plan.speedups:
                    yield Trial(
                        arm=arm_of(method, moment),
                        method=method,
                        speedup=speedup,
                        seed=seed,
                        dense=dense,
                        prune=_prune(plan, seed, method, speedup, _begins(plan, seed, moment)),
                    )


def control(plan: PruningPlan, seed: int) -> Learn:
    """The dense network, trained on for as many steps as those that are pruned."""
    *_, dense = _lessons(plan, seed)
    training = plan.retraining.model_copy(update={"steps": plan.budget, "seed": seed})
    return dense.model_copy(update={"start": dense.digest(), "training": training})


def steps(plan: PruningPlan) -> list[Spec]:
    """Of all trials, each once, behind those that it needs."""
    found: dict[str, Spec] = {}
    for seed in plan.seeds:
        begins = (_begins(plan, seed, moment) for moment in plan.moments)
        found |= {step.digest(): step for step in (*_lessons(plan, seed), *begins, control(plan, seed))}
    return list((found | {trial.prune.digest(): trial.prune for trial in trials(plan)}).values())


def arm_of(method: str, moment: Moment) -> str:
    """What reports call a method that prunes then."""
    return method if moment == "after" else f"{method} while it learns"


def _lessons(plan: PruningPlan, seed: int) -> list[Learn]:
    """A dense network that learns, one lesson after the other."""
    found: list[Learn] = []
    for lesson in (plan.before, plan.lesson):
        if lesson is not None:
            found.append(_learn(plan, lesson, seed, found[-1].digest() if found else "", lesson.training.steps))
    return found


def _begins(plan: PruningPlan, seed: int, moment: Moment) -> Learn:
    """What pruning begins with: the network that has learned, or the one that is about to."""
    *earlier, dense = _lessons(plan, seed)
    return dense if moment == "after" else _learn(plan, plan.lesson, seed, earlier[-1].digest() if earlier else "", 0)


def _learn(plan: PruningPlan, lesson: Lesson, seed: int, start: str, steps: int) -> Learn:
    return Learn(
        network=plan.network,
        settings=plan.settings,
        start=start,
        data=lesson.data,
        test=lesson.test,
        shift=plan.shift,
        flip=plan.flip,
        training=lesson.training.model_copy(update={"steps": steps, "seed": seed}),
    )


def _prune(plan: PruningPlan, seed: int, method: str, speedup: float, begins: Learn) -> Prune:
    way = plan.ways[method]
    # What has not learned yet learns for as long as the others have.
    rest = plan.budget - way.training.steps + plan.lesson.training.steps - begins.training.steps
    return Prune(
        of=begins.digest(),
        data=plan.lesson.data,
        test=plan.lesson.test,
        method=method,
        grouping=plan.grouping,
        speedup=speedup,
        interval=way.interval,
        rule=way.rule,
        shift=plan.shift,
        flip=plan.flip,
        pruning=way.training.model_copy(update={"seed": seed}),
        retraining=plan.retraining.model_copy(update={"steps": rest, "seed": seed}),
    )
