"""What studies of smaller style networks do, step by step: prune, teach."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from intaglio.exporting.compact import compacted
from intaglio.metrics.cost import cost_of
from intaglio.pruning.groups import GROUPINGS
from intaglio.storage.artifact import save_pretrained
from intaglio.storage.pretrained import Pretrained
from intaglio.studies.action import Action, Bench, network_of
from intaglio.studies.compression.steps import PruneStyle, Teach
from intaglio.training.speedup import convolutions_of, ratios_for_speedup
from intaglio.training.structured import prune_structured
from intaglio.training.style_task import StylePruning, style_task
from intaglio.training.teach import TeachSpec, teach, without_smallest
from intaglio.vocabulary.spec import Spec

_RUN, _FILTERS = "run", "filters"


def _prune(spec: PruneStyle, bench: Bench, folder: Path) -> Mapping[str, Any]:
    network, judge = bench.network(spec.of), bench.sources.network(spec.loss_network)
    task = style_task(network, judge, bench.pictures(spec.data))
    described = StylePruning(
        network=network.digest(),
        data=task.data,
        method=spec.method,
        grouping=_FILTERS,
        ratios=ratios_for_speedup(network, spec.speedup, GROUPINGS[_FILTERS], multiple=spec.multiple),
        rule=spec.rule,
        interval=spec.interval,
        pruning=spec.pruning,
        retraining=spec.retraining,
        loss_network=judge.digest(),
        losses=spec.losses,
        crop=spec.crop,
    )
    made, result = prune_structured(described, network, task, folder / _RUN, bench.conduct)
    groups = result.layers.values()
    return {
        **_kept(network, compacted(made, multiple=spec.multiple)[0], spec, bench, folder),
        "cut": result.pruned["error"],
        "groups": sum(one.groups for one in groups),
        "recovered": sum(one.recovered for one in groups),
        "forced": sum(one.forced for one in groups),
        "finished": result.finished,
    }


def _teach(spec: Teach, bench: Bench, folder: Path) -> Mapping[str, Any]:
    teacher, judge = bench.network(spec.of), bench.sources.network(spec.loss_network)
    student, _ = compacted(without_smallest(teacher, spec.speedup, multiple=spec.multiple), multiple=spec.multiple)
    described = TeachSpec(
        teacher=teacher.digest(),
        student=student.digest(),
        loss_network=judge.digest(),
        data=spec.data,
        joint=spec.joint,
        losses=spec.losses,
        crop=spec.crop,
        encoder=spec.encoder,
        decoder=spec.decoder,
    )
    made = teach(described, teacher, student, judge, bench.pictures(spec.data), folder / _RUN, bench.conduct)
    return _kept(teacher, made, spec, bench, folder)


def _kept(large: Pretrained, made: Pretrained, spec: Spec, bench: Bench, folder: Path) -> dict[str, Any]:
    """Keep a network, and say what it costs beside the large one."""
    save_pretrained(made, network_of(bench.workspace, spec.digest()))
    # They are not needed once the network is kept.
    for checkpoints in (folder / _RUN).glob("*/checkpoints"):
        shutil.rmtree(checkpoints)
    before, after = (float(sum(layer.macs_per_pixel for layer in convolutions_of(one.network))) for one in (large, made))
    return {
        "digest": made.digest(),
        "parameters": cost_of(made.network).parameters,
        "macs_per_pixel": after,
        "speedup": before / after,
    }


ACTIONS: tuple[Action[Any], ...] = (
    Action(
        kind=PruneStyle,
        needs=lambda spec: (spec.of,),
        cost=lambda spec: spec.pruning.steps + spec.retraining.steps,
        run=_prune,
    ),
    Action(
        kind=Teach,
        needs=lambda spec: (spec.of,),
        cost=lambda spec: spec.encoder.steps + spec.decoder.steps,
        run=_teach,
    ),
)
