"""How a study of structured pruning is done, in words."""

from collections.abc import Iterator, Mapping, Sequence

from intaglio.models.catalog import MODELS
from intaglio.pruning.catalog import STRUCTURED
from intaglio.pruning.groups import GROUPINGS
from intaglio.studies.structured.findings import PruningFindings
from intaglio.studies.structured.plan import Lesson, PruningPlan
from intaglio.training.spec import TrainingSpec

LIMITS = (
    "Speedups are theoretical: multiply-accumulates of all convolutions, of weights that are left. No clock was asked; zeros "
    "are multiplied like any other number here.",
    "Pictures are those that were at hand, as many as it says above. CIFAR-10 has 50,000 to learn from and 10,000 to be judged "
    "on; figures of fewer, or of other pictures, do not stand against the papers'.",
    "Points lost are of the dense network of the same seed. It has not trained for as long as the pruned ones; what longer "
    "training gives it stands beside it.",
    "A few seeds say little about how sure a mean is: spreads are the lowest and the highest of them, and no intervals.",
    "All methods prune the same kind of groups, so that their speedups mean the same. GReg and one cut are published for "
    "filters.",
)
"""What a report does not claim."""


def protocol(plan: PruningPlan, found: PruningFindings, pictures: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Pairs of what and how.

    Args:
        plan: what is done.
        found: what came out.
        pictures: how many there are, by digest.

    """
    settings = "; " + ", ".join(f"{name} {_plain(value)}" for name, value in plan.settings.items()) if plan.settings else ""
    yield "network", f"{plan.network}{settings}"
    for title, lesson in (("learns first", plan.before), ("learns", plan.lesson)):
        if lesson is not None:
            yield title, _lesson(lesson, pictures)
    changed = [text for text, taken in ((f"moved by up to {plan.shift} pixels", plan.shift), ("mirrored", plan.flip)) if taken]
    yield "pictures", " and ".join(changed) or "as they are"
    fixed = MODELS[plan.network].fixed
    layers = "all convolutions" + (f" but {', '.join(fixed)}" if fixed else "")
    yield "pruned", f"{plan.grouping} of {layers}, the same share of each ({GROUPINGS[plan.grouping].title})"
    for method in plan.methods:
        yield method, _method(plan, method, found)
    yield "retraining", f"{_training(plan.retraining)}; steps as many as make {plan.budget:,} with those of the pushing"
    yield "control", f"the dense network, trained on for {plan.budget:,} steps like those of the retraining"
    if "during" in plan.moments:
        yield "while it learns", f"pruning begins in the first step; {plan.lesson.training.steps:,} steps more of retraining"
    yield (
        "seeds",
        f"{', '.join(map(str, plan.seeds))}: of fresh weights, batches and masks; each has a dense network of its own",
    )


def _method(plan: PruningPlan, method: str, found: PruningFindings) -> str:
    way, told = plan.ways[method], STRUCTURED[method]
    rule = {**told.usual, **way.rule}
    settings = f" ({', '.join(f'{name} {value:g}' for name, value in rule.items())})" if rule else ""
    finished = [run.finished for one in found.outcomes if one.method == method for run in one.runs.values()]
    if way.training.steps == 1:
        return f"{told.title}{settings}: in the first step"
    ended = f"; all groups were gone after {min(finished):,} to {max(finished):,} steps" if finished else ""
    pace = f"{way.training.steps:,} steps, an update in {way.interval}, rate {way.training.learning_rate:g}"
    return f"{told.title}{settings}: {pace}{ended}"


def _lesson(lesson: Lesson, pictures: Mapping[str, int]) -> str:
    learn, test = (f"{pictures[one]:,} pictures {one}" if one in pictures else one for one in (lesson.data, lesson.test))
    return f"{learn}, judged on {test}: {lesson.training.steps:,} steps of {_training(lesson.training)}"


def _training(training: TrainingSpec) -> str:
    rate = (
        f"{training.optimizer.upper()}, rate {training.learning_rate:g} ({training.schedule}), momentum {training.momentum:g}"
    )
    return f"{rate}, weight decay {training.weight_decay:g}, batches of {training.batch_size}, {training.precision}"


def _plain(value: object) -> str:
    return "-".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
