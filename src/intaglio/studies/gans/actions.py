"""What studies of GANs do, step by step: play, cut, score, draw."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from intaglio.data.picture_sets import FilesSet, PictureSet, TensorSet
from intaglio.exporting.channel_ticket import channel_ticket
from intaglio.metrics.catalog import SET_METRICS
from intaglio.objectives.parameter_average import ParameterAverage
from intaglio.pruning.catalog import PRUNERS, pruned
from intaglio.pruning.mask import Mask
from intaglio.pruning.prunable import prunable
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.feature_network import classifier_features
from intaglio.storage.pretrained import Pretrained
from intaglio.studies.action import Action, Bench
from intaglio.studies.gans.games import card_of, discriminators, generators, play
from intaglio.studies.gans.pictures import generated
from intaglio.studies.gans.places import part_of, taken
from intaglio.studies.gans.steps import CutPart, Narrow, Play, Score
from intaglio.studies.gans.strips import Strip, draw_strip
from intaglio.studies.masks import keep_mask, kept_mask, tell_mask
from intaglio.studies.workspace import Workspace
from intaglio.training.gan.beginning import GENERATOR, Beginning
from intaglio.training.gan.slimming import read_slimmed
from intaglio.training.gan.train import LAST
from intaglio.training.objective import Game, Moment
from intaglio.training.score import score

_RUN, _AVERAGE = "run", "average"


def _play(spec: Play, bench: Bench, folder: Path) -> Mapping[str, Any]:
    workspace = bench.workspace
    masks = {part: kept_mask(workspace, digest) for part, digest in spec.masks.items()}
    beginning = Beginning(
        networks={part: taken(workspace, one) for part, one in spec.start.items()},
        masks=masks,
        teacher=taken(workspace, spec.teacher) if spec.teacher else None,
    )
    made = play(spec, beginning, bench, folder / _RUN, [_Snapshots(spec, workspace)])
    for part, network in made.items():
        save_pretrained(network, part_of(workspace, spec.digest(), part))
    for checkpoints in (folder / _RUN).glob("*/checkpoints"):
        shutil.rmtree(checkpoints)
    return {
        "digests": {part: network.digest() for part, network in made.items()},
        "masks": {part: mask.digest() for part, mask in masks.items()},
    }


class _Snapshots:
    """A hook that keeps all networks of some steps, as artifacts."""

    def __init__(self, spec: Play, workspace: Workspace) -> None:
        self.spec, self.workspace = spec, workspace

    def __call__(self, moment: Moment) -> None:
        if moment.step not in self.spec.kept:
            return
        assert isinstance(moment.objective, Game)
        trained = moment.objective.trained
        assert isinstance(trained, nn.ModuleDict)
        for part in [*generators(self.spec.preset), *discriminators(self.spec.preset)]:
            self._keep(part, trained[part], moment.step)
        if _AVERAGE in trained:
            average = trained[_AVERAGE]
            assert isinstance(average, ParameterAverage)
            self._keep(LAST, trained[GENERATOR], moment.step)
            self._keep(GENERATOR, average.on_buffers_of(trained[GENERATOR]), moment.step)

    def _keep(self, part: str, network: nn.Module, step: int) -> None:
        card = card_of(self.spec.preset, part)
        config = network.config
        assert isinstance(config, card.config)
        made = Pretrained(card=card, config=config, network=network)
        save_pretrained(made, part_of(self.workspace, self.spec.digest(), part, step))


def _cut(spec: CutPart, bench: Bench, folder: Path) -> Mapping[str, Any]:
    trained = taken(bench.workspace, spec.weights)
    weights = prunable(trained.card, trained.network)
    before = kept_mask(bench.workspace, spec.before) if spec.before else Mask.full(weights)
    mask = pruned(PRUNERS[spec.pruner], weights, before, spec.sparsity, seed=spec.seed)
    keep_mask(mask, folder)
    return tell_mask(mask, trained)


def _narrow(spec: Narrow, bench: Bench, folder: Path) -> Mapping[str, Any]:
    slimmed = read_slimmed(bench.workspace.step(spec.slimmed) / _RUN)
    begun, scales = slimmed.begun[spec.part], slimmed.scales[spec.part]
    if spec.random is not None:
        source = torch.Generator().manual_seed(spec.random)
        scales = {name: torch.rand(one.shape, generator=source) for name, one in scales.items()}
    made = channel_ticket(begun, scales, spec.keep)
    save_pretrained(made, part_of(bench.workspace, spec.digest(), spec.part))
    before, after = (sum(one.numel() for one in network.network.parameters()) for network in (begun, made))
    return {"digest": made.digest(), "sparsity": 1 - spec.keep, "sparsity_of_parameters": 1 - after / before, "layers": {}}


def _score(spec: Score, bench: Bench, folder: Path) -> Mapping[str, Any]:
    network = classifier_features(bench.sources.network(spec.features))
    metrics = [SET_METRICS[name] for name in spec.metrics]
    statistics = bench.workspace.folder / "statistics"
    found: dict[str, Any] = {}
    for part in generators(spec.preset):
        real = _real(spec, part, bench)
        given = bench.sources.folder(spec.given[part]) if part in spec.given else None
        curve = []
        for at in (*spec.kept, None):
            trained = from_pretrained(part_of(bench.workspace, spec.of, part, at))
            made = generated(trained, given, side=spec.side, count=spec.samples, seed=spec.seed)
            scores = score(real, made, network, metrics, seed=spec.seed, statistics=statistics)
            curve.append({"step": at, "scores": {name: one.value for name, one in zip(spec.metrics, scores, strict=True)}})
        found[part] = {"curve": curve, "names": [one.name for one in scores], "protocol": [one.line() for one in scores]}
    return found


def _real(spec: Score, part: str, bench: Bench) -> PictureSet:
    """What the pictures of a generator are compared with."""
    digest = spec.real[part]
    if part in spec.given:
        return FilesSet(bench.sources.folder(digest), f"pictures {digest}")
    return TensorSet(bench.sources.classes(digest).pictures, f"pictures {digest}")


ACTIONS: tuple[Action[Any], ...] = (
    Action(kind=Play, needs=lambda spec: spec.needs, cost=lambda spec: max(1, spec.settings["training"]["steps"]), run=_play),
    Action(kind=Narrow, needs=lambda spec: spec.needs, cost=lambda spec: 1, run=_narrow),
    Action(kind=CutPart, needs=lambda spec: spec.needs, cost=lambda spec: 1, run=_cut),
    # Thousands of pictures are made and looked at.
    Action(kind=Score, needs=lambda spec: spec.needs, cost=lambda spec: 10 * (1 + len(spec.kept)), run=_score),
    Action(kind=Strip, needs=lambda spec: spec.needs, cost=lambda spec: 1, run=draw_strip),
)
