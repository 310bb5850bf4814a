"""What studies of style networks do, step by step: begin, train, cut, judge, sample."""

import copy
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save
from torch import nn

from intaglio.distillation.student import start_fresh_
from intaglio.images.atomic import replacing
from intaglio.models.style.loss_network import LossNetwork
from intaglio.pruning.catalog import PRUNERS, pruned
from intaglio.pruning.mask import Mask
from intaglio.pruning.masking import masked
from intaglio.pruning.prunable import prunable
from intaglio.pruning.slimming import scaled, shrink_, slimmed
from intaglio.storage.artifact import save_pretrained
from intaglio.storage.loss_network import deepest_encoder
from intaglio.storage.pretrained import Pretrained
from intaglio.storage.ticket import Ticket
from intaglio.studies.action import Action, Bench, network_of
from intaglio.studies.masks import keep_mask, kept_mask, tell_mask
from intaglio.studies.tickets.samples import draw_samples
from intaglio.studies.tickets.steps import Begin, Cut, Judge, Sample, Train
from intaglio.training.assembly import seeded
from intaglio.training.catalog import RECIPES
from intaglio.training.objective import Hook, Moment, Objective
from intaglio.training.parts import shortened
from intaglio.training.recipe import Parents
from intaglio.training.run import Conduct, Run
from intaglio.training.terms import terms_of

_RUN, _PHASE, _SCALES = "run", "network", "scales.safetensors"


def _begin(spec: Begin, bench: Bench, folder: Path) -> Mapping[str, Any]:
    made = replace(_whole_start(spec, bench) or _assembled(spec, bench, folder), ticket=None)
    if spec.redrawn:
        _redraw_(made.network, spec.seed)
    save_pretrained(made, network_of(bench.workspace, spec.digest()))
    return {"digest": made.digest(), "parameters": sum(one.numel() for one in made.network.parameters())}


def _whole_start(spec: Begin, bench: Bench) -> Pretrained | None:
    """The start, where it is the network that is asked for: the encoder is its own, and nothing else is set."""
    if spec.start != spec.encoder or spec.settings:
        return None
    start = bench.sources.network(spec.start)
    return replace(start, network=copy.deepcopy(start.network)) if start.card.name == spec.network else None


def _assembled(spec: Begin, bench: Bench, folder: Path) -> Pretrained:
    """A network around the encoder, with the layers of the start that fit and fresh ones for the rest."""
    recipe, sources = RECIPES[spec.network], bench.sources
    parents = Parents(
        encoder=sources.network(spec.encoder),
        start=sources.network(spec.start) if spec.start else None,
        loss_network=sources.network(spec.loss_network),
    )
    length = {recipe.length: {"steps": 0, "batch_size": spec.batch_size, "seed": spec.seed}}
    settings = {"model": spec.network, **parents.digests(), "data": spec.data, "crop": spec.crop.model_dump(), "joint": True}
    described = recipe.spec({**settings, **length, **spec.settings}, "begin")
    made = recipe.train(described, parents, bench.pictures(spec.data), folder / _RUN, Conduct())
    shutil.rmtree(folder / _RUN)
    return made


def _redraw_(network: nn.Module, seed: int) -> None:
    """Draw every weight that could be pruned anew."""
    with seeded(seed, "redrawn"):
        for name, layer in network.named_modules():
            if isinstance(layer, nn.Conv2d) and not name.endswith("conv0"):
                start_fresh_(layer)
            elif isinstance(layer, nn.Linear):
                layer.reset_parameters()


def _train(spec: Train, bench: Bench, folder: Path) -> Mapping[str, Any]:
    begun = bench.network(spec.begin, spec.at)
    mask = kept_mask(bench.workspace, spec.mask) if spec.mask else Mask({})
    objective = _objective(spec, begun.network, bench, joint=spec.joint)
    streams = {name: (found, spec.crop) for name, found in bench.pictures(spec.data).items()}
    parameters = dict(begun.network.named_parameters())
    with masked(parameters, mask), _slimming(begun, spec, folder) as slim:
        run = Run(folder / _RUN, spec, bench.conduct, total=spec.training.steps)
        run.phase(_PHASE, objective, streams, spec.training, [_Snapshots(begun, spec, bench), *slim])
    made = _finished(begun, mask)
    save_pretrained(made, network_of(bench.workspace, spec.digest()))
    shutil.rmtree(folder / _RUN / _PHASE / "checkpoints")
    return {"digest": made.digest(), "mask": mask.digest(), "sparsity": mask.sparsity}


class _Snapshots:
    """A hook that keeps the weights of some steps, as artifacts."""

    def __init__(self, begun: Pretrained, spec: Train, bench: Bench) -> None:
        self.begun, self.spec, self.bench = begun, spec, bench

    def __call__(self, moment: Moment) -> None:
        if moment.step in self.spec.snapshots:
            save_pretrained(self.begun, network_of(self.bench.workspace, self.spec.digest(), moment.step))


@contextmanager
def _slimming(begun: Pretrained, spec: Train, folder: Path) -> Iterator[list[Hook]]:
    """A hook that shrinks the scales of all filters, which are kept in the end; none if that is not asked for."""
    if not spec.slimming:
        yield []
        return
    weights = prunable(begun.card, begun.network)
    # The last layer's filters are red, green and blue.
    with scaled(begun.network, [name for name, weight in weights.items() if weight.dim() == 4 and len(weight) > 3]) as scales:
        yield [lambda moment: shrink_(scales.values(), spec.slimming * moment.rate)]
        kept = save({name: scale.detach().contiguous() for name, scale in scales.items()})
    with replacing(folder / _SCALES, durable=True) as temporary:
        temporary.write_bytes(kept)


def _cut(spec: Cut, bench: Bench, folder: Path) -> Mapping[str, Any]:
    trained = bench.network(spec.weights)
    weights = prunable(trained.card, trained.network, parts=spec.parts, biases=spec.biases, color=spec.color)
    before = kept_mask(bench.workspace, spec.before) if spec.before else Mask.full(weights)
    if spec.pruner:
        mask = pruned(PRUNERS[spec.pruner], weights, before, spec.sparsity, seed=spec.seed, floor=spec.floor)
    else:
        scales = load_file(bench.workspace.step(spec.weights) / _SCALES)
        mask = slimmed({name: scale for name, scale in scales.items() if name in weights}, before, spec.sparsity)
    keep_mask(mask, folder)
    return tell_mask(mask, trained)


def _judge(spec: Judge, bench: Bench, folder: Path) -> Mapping[str, Any]:
    objective = _objective(spec, bench.network(spec.of).network, bench, joint=False)
    streams = {name: (found, spec.crop) for name, found in bench.pictures(spec.data).items()}
    found = terms_of(objective, streams, spec.batch_size, spec.seed, spec.batches)
    terms = {name: sum(one[name] for one in found) / len(found) for name in found[0]}
    style = sum(value for name, value in terms.items() if name.startswith("style"))
    error = sum(terms.values())
    return {
        "error": error,
        "style": style,
        "content": error - style,
        "terms": terms,
        "batches": [sum(one.values()) for one in found],
    }


def _objective(spec: Train | Judge, network: nn.Module, bench: Bench, *, joint: bool) -> Objective:
    recipe = RECIPES[spec.network]
    settings = recipe.losses.parse(spec.losses, where="losses")
    encoder = deepest_encoder(bench.sources.network(spec.loss_network))
    return recipe.objective(network, LossNetwork(shortened(encoder, encoder.config), lifted=settings.lift), settings, joint)


def _finished(network: Pretrained, mask: Mask) -> Pretrained:
    network.network.eval().requires_grad_(False)
    return replace(network, ticket=Ticket(mask=mask) if mask else None)


ACTIONS: tuple[Action[Any], ...] = (
    Action(kind=Begin, needs=lambda spec: (), cost=lambda spec: 1, run=_begin),
    Action(
        kind=Train,
        needs=lambda spec: (spec.begin, *([spec.mask] if spec.mask else [])),
        cost=lambda spec: spec.training.steps,
        run=_train,
    ),
    Action(
        kind=Cut,
        needs=lambda spec: (spec.weights, *([spec.before] if spec.before else [])),
        cost=lambda spec: 1,
        run=_cut,
    ),
    Action(kind=Sample, needs=lambda spec: (spec.of,), cost=lambda spec: spec.pairs, run=draw_samples),
    # Forward only, a third of a training step.
    Action(kind=Judge, needs=lambda spec: (spec.of,), cost=lambda spec: spec.batches / 3, run=_judge),
)
