"""What studies of structured pruning do, step by step: learn, prune."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from intaglio.objectives.classification import accuracy
from intaglio.pruning.groups import GROUPINGS
from intaglio.pruning.mask import Mask
from intaglio.storage.artifact import save_pretrained
from intaglio.studies.action import Action, Bench, network_of
from intaglio.studies.structured.steps import Learn, Prune
from intaglio.training.classifier import ClassifierSpec, train_classifier
from intaglio.training.classifier_task import ClassifierPruning, classifier_task
from intaglio.training.speedup import convolutions_of, ratios_for_speedup
from intaglio.training.structured import PUSHES, prune_structured

_RUN = "run"


def pushes_of(folder: Path) -> Path:
    """Where the step of a pruning keeps the trace of its groups."""
    return folder / _RUN / PUSHES


def _learn(spec: Learn, bench: Bench, folder: Path) -> Mapping[str, Any]:
    data, test = bench.sources.classes(spec.data), bench.sources.classes(spec.test)
    start = bench.network(spec.start) if spec.start else None
    described = ClassifierSpec(
        model=spec.network,
        network=spec.settings,
        data=spec.data,
        start=start.digest() if start else "",
        shift=spec.shift,
        flip=spec.flip,
        training=spec.training,
    )
    made = train_classifier(described, data, folder / _RUN, bench.conduct, start=start)
    save_pretrained(made, network_of(bench.workspace, spec.digest()))
    _forget_checkpoints(folder)
    return {
        "digest": made.digest(),
        "accuracy": accuracy(made.network, test.pictures, test.labels),
        "parameters": sum(one.numel() for one in made.network.parameters()),
        "learned_from": len(data),
        "judged_on": len(test),
    }


def _prune(spec: Prune, bench: Bench, folder: Path) -> Mapping[str, Any]:
    data, test = bench.sources.classes(spec.data), bench.sources.classes(spec.test)
    network = bench.network(spec.of)
    described = ClassifierPruning(
        network=network.digest(),
        data=spec.data,
        method=spec.method,
        grouping=spec.grouping,
        ratios=ratios_for_speedup(network, spec.speedup, GROUPINGS[spec.grouping]),
        rule=spec.rule,
        interval=spec.interval,
        pruning=spec.pruning,
        retraining=spec.retraining,
        shift=spec.shift,
        flip=spec.flip,
    )
    made, result = prune_structured(described, network, classifier_task(network, data, test), folder / _RUN, bench.conduct)
    assert made.ticket is not None
    save_pretrained(made, network_of(bench.workspace, spec.digest()))
    _forget_checkpoints(folder)
    costs = _costs(network.network, made.ticket.mask)
    before, after = (sum(cost[when] for cost in costs.values()) for when in ("before", "after"))
    return {
        "digest": made.digest(),
        "mask": made.ticket.mask.digest(),
        "accuracy": result.before["accuracy"],
        "pruned": result.pruned["accuracy"],
        "retrained": result.retrained["accuracy"],
        "layers": {name: one.model_dump(mode="json") for name, one in result.layers.items()},
        "finished": result.finished,
        "costs": costs,
        "speedup": before / after,
    }


def _costs(network: nn.Module, mask: Mask) -> dict[str, dict[str, float]]:
    """Multiply-accumulates of each convolution per pixel of the picture: of all weights, and of those that are left."""
    found = {}
    for layer in convolutions_of(network):
        name, cost = layer.name, float(layer.macs_per_pixel)
        kept = mask.get(f"{name}.weight")
        found[name] = {"before": cost, "after": cost if kept is None else cost * float(kept.double().mean())}
    return found


def _forget_checkpoints(folder: Path) -> None:
    """They are not needed once the network is kept."""
    for checkpoints in (folder / _RUN).glob("*/checkpoints"):
        shutil.rmtree(checkpoints)


ACTIONS: tuple[Action[Any], ...] = (
    Action(
        kind=Learn,
        needs=lambda spec: (spec.start,) if spec.start else (),
        cost=lambda spec: max(1, spec.training.steps),
        run=_learn,
    ),
    Action(
        kind=Prune,
        needs=lambda spec: (spec.of,),
        cost=lambda spec: spec.pruning.steps + spec.retraining.steps,
        run=_prune,
    ),
)
