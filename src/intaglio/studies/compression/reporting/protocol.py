"""How a study of smaller style networks is done, in words."""

from collections.abc import Iterator, Mapping

from intaglio.pruning.catalog import STRUCTURED
from intaglio.studies.compression.plan import CompressionPlan
from intaglio.training.spec import TrainingSpec

LIMITS = (
    "Errors are the network's own loss on unseen pairs. No person was asked what looks better; the pictures are there to see.",
    "All arms train for as many steps. Few steps suit methods that leave the weights as they are, and long ones those that "
    "rebuild them; other lengths may give another order.",
    "The methods are published for classifiers that learn with SGD. Here they push filters of style networks that learn with "
    "Adam, and how hard is set by their own schedules in fewer steps, tuned for none of them.",
    "Distillation keeps the filters of the largest norms in all layers of the network; the paper's students have new decoders.",
    "A few seeds say little about how sure a mean is: spreads are the lowest and the highest of them, and no intervals.",
)
"""What a report does not claim."""


def protocol(plan: CompressionPlan, kinds: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs of what and how; networks are called by their kinds, too."""

    def called(digest: str) -> str:
        return f"{kinds[digest]} {digest}" if digest in kinds else digest

    crop = plan.crop
    begin = f"as those of {called(plan.start)}, as far as they fit" if plan.start else "fresh"
    yield "network", f"{plan.network}; encoder of {called(plan.encoder)}, other weights {begin}"
    yield "large network", f"all of it trained for {_training(plan.training)}"
    yield "control", f"the same, trained on for {plan.budget:,} steps like those of the retraining"
    rounded = f", as many stay as make widths multiples of {plan.multiple}" if plan.multiple > 1 else ""
    yield "pruned", f"filters that nothing but the next layer reads, the same share of every layer{rounded}; then taken out"
    for method in plan.methods:
        yield method, _method(plan, method)
    yield "retraining", f"{_training(plan.retraining)}; steps as many as make {plan.budget:,} with those of the pushing"
    if plan.taught:
        first = round(plan.lesson * plan.budget)
        yield (
            "distilled",
            f"a copy of the filters of the largest L1 norms: its encoder learns for {first:,} steps, embedded in the large "
            f"network's features, with the rest of that as the collaborator; the rest for {plan.budget - first:,}",
        )
    yield "pictures", f"resized to {crop.to} px ({crop.resize}), crops of {crop.size} px"
    yield "learnt from", _streams(plan.data)
    yield "judged on", f"{plan.batches * plan.training.batch_size:,} pairs, the same for all; {_streams(plan.test)}"
    yield "loss network", called(plan.loss_network)
    yield "seeds", f"{', '.join(map(str, plan.seeds))}: of batches and masks; each has a large network of its own"


def _method(plan: CompressionPlan, method: str) -> str:
    way, told = plan.ways[method], STRUCTURED[method]
    rule = {**told.usual, **way.rule}
    settings = f" ({', '.join(f'{name} {value:g}' for name, value in rule.items())})" if rule else ""
    if way.training.steps == 1:
        return f"{told.title}{settings}: in the first step"
    pace = f"{way.training.steps:,} steps, an update in {way.interval}, rate {way.training.learning_rate:g}"
    return f"{told.title}{settings}: {pace}"


def _training(training: TrainingSpec) -> str:
    schedule = f"{training.schedule} schedule" + (f" after {training.warmup} steps of warm-up" if training.warmup else "")
    length = f"{training.steps:,} steps of {training.batch_size} pairs"
    return f"{length}, Adam at {training.learning_rate:g}, {schedule}, {training.precision}"


def _streams(data: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {digest}" for name, digest in data.items())
