"""Structured pruning of a classifier: groups are pushed out while it trains, then what is left is trained on.

Departures:
- A phase has as many steps as it is given. Where all layers are finished before, the rest of them settles what is left.
- Batch normalization goes on as in any training; the papers do not speak of it.
"""

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from safetensors.torch import save
from torch import Tensor, nn

from intaglio.data.labelled import LabelledPictures
from intaglio.images.atomic import replacing
from intaglio.models.classify.classifier import Classifier
from intaglio.objectives.classification import ClassifierTraining, accuracy
from intaglio.pruning.catalog import STRUCTURED
from intaglio.pruning.groups import GROUPINGS
from intaglio.pruning.mask import Mask
from intaglio.pruning.masking import masked
from intaglio.pruning.structured import StructuredPruning
from intaglio.storage.pretrained import Pretrained
from intaglio.storage.ticket import Origin, Ticket
from intaglio.training.classifier import CLASSIFIERS, batches_of
from intaglio.training.objective import Moment
from intaglio.training.run import Conduct, Run
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.errors import TrainingError
from intaglio.vocabulary.spec import Spec

PUSHES = "pushes.safetensors"
"""In the folder of a run: the trace of its groups, as `StructuredPruning.record` has it."""
_FATES = "groups.json"


class StructuredSpec(Spec):
    """All that decides what a structured pruning gives."""

    network: str
    """Digest of the network."""
    data: str
    """Digest of the pictures."""
    method: str
    """Name in the catalog of structured pruning methods."""
    grouping: str
    """Name in the catalog of groupings."""
    ratios: dict[str, float]
    """Share of the groups that goes, by the name of the layer."""
    rule: dict[str, Any] = Field(default_factory=dict)
    """Settings of the method's rule."""
    interval: int = Field(ge=1)
    """Steps between updates."""
    pruning: TrainingSpec
    """How long and how fast it trains while groups are pushed."""
    retraining: TrainingSpec
    """The same, after that."""
    shift: int = 0
    """Pictures are moved by up to so many pixels."""
    flip: bool = False
    """Mirror every other picture."""


def structured_spec(
    network: Pretrained, data: LabelledPictures, method: str, settings: Mapping[str, Any], where: str
) -> StructuredSpec:
    """The description of a pruning: settings, and what is usual for the rest.

    As usual counts the training of the network's paper: at a constant rate while groups are pushed; where penalties push
    them, at a twentieth of the rate and with half the weight decay, as IncReg has it; and its whole schedule after that.

    Raises:
        UnknownNameError: no method of that name.
        SpecError: a setting that there is not, or a value that does not fit.

    """
    way, paper = STRUCTURED[method], CLASSIFIERS[network.card.name]
    training = {**paper["training"], "schedule": "constant"}
    if way.effect == "penalties":
        training["learning_rate"] /= 20
        training["weight_decay"] /= 2
    phases = {"pruning": training, "retraining": paper["training"]}
    for name, usual in phases.items():
        given = settings.get(name, {})
        phases[name] = {**usual, **given} if isinstance(given, Mapping) else given
    usual = {
        "interval": way.interval,
        "grouping": way.grouping,
        **{key: paper[key] for key in ("shift", "flip") if key in paper},
    }
    named = {"network": network.digest(), "data": data.digest(), "method": method}
    return StructuredSpec.parse({**usual, **settings, **phases, **named}, where=where)


class Fates(Spec):
    """What became of the groups of a layer."""

    groups: int
    gone: int
    recovered: int
    """How many were pushed once and are not any more."""
    pushed: float
    """The largest push of a group that stayed."""


class StructuredResult(Spec):
    """What a structured pruning did."""

    accuracy: float
    """Before it, in [0, 1], on pictures that are not learned from."""
    pruned: float
    """At the step after which all groups were gone; what is left has not been trained without them then."""
    retrained: float
    layers: dict[str, Fates]
    finished: int
    """The step after which all layers were."""


def prune_structured(
    spec: StructuredSpec,
    network: Pretrained,
    data: LabelledPictures,
    test: LabelledPictures,
    folder: Path,
    conduct: Conduct,
) -> tuple[Pretrained, StructuredResult]:
    """Prune a classifier.

    Args:
        spec: what to do.
        network: the one that it names; it stays as it is.
        data: to learn from.
        test: to be judged on.
        folder: of the run; it goes on from what it finds there.
        conduct: how it is carried out.

    Returns:
        The network with its mask, and what was done.

    Raises:
        OptionError: a layer or a grouping that there is not.
        TrainingError: the steps were not enough for all groups to go, or a loss is not finite.
        JournalError: the folder holds another run.

    """
    made = copy.deepcopy(network.network)
    assert isinstance(made, Classifier)
    made.requires_grad_(True)
    before = accuracy(made, test.pictures, test.labels)
    method, grouping = STRUCTURED[spec.method], GROUPINGS[spec.grouping]
    layers = {name: one for name, one in made.named_modules() if isinstance(one, nn.Conv2d | nn.Linear)}
    rule: Any = method.rule.parse({**method.usual, **spec.rule}, where="rule")
    pruning = StructuredPruning(
        layers,
        spec.ratios,
        rule,
        grouping,
        effect=method.effect,
        interval=spec.interval,
        seed=spec.pruning.seed,
        steps=spec.pruning.steps,
    )
    feed = batches_of(data, shift=spec.shift, flip=spec.flip)
    run = Run(folder, spec, conduct, total=spec.pruning.steps + spec.retraining.steps)
    with pruning.attached():
        objective = _Pushing(ClassifierTraining(made), pruning, test)
        run.phase("prune", objective, feed, spec.pruning, [objective.after_step])
        objective.remember()
    if not pruning.finished:
        left = [name for name, contest in pruning.contests.items() if not contest.finished]
        raise TrainingError(
            f"{', '.join(left)} are not finished after {spec.pruning.steps:,} steps; give more, or a shorter interval"
        )
    mask = _mask(pruning, made)
    mask.apply_(dict(made.named_parameters()))
    with replacing(folder / PUSHES, durable=False) as temporary:
        temporary.write_bytes(save(pruning.record()))
    with masked(dict(made.named_parameters()), mask):
        run.phase("retrain", ClassifierTraining(made), feed, spec.retraining)
    result = StructuredResult(
        accuracy=before,
        pruned=objective.pruned,
        retrained=accuracy(made, test.pictures, test.labels),
        layers={name: _fates(pruning, name) for name in pruning.contests},
        finished=objective.finished,
    )
    with replacing(folder / _FATES, durable=False) as temporary:
        temporary.write_text(json.dumps(result.model_dump(mode="json"), indent=2) + "\n")
    ticket = Ticket(mask=mask, origin=Origin(method=spec.method, step=spec.digest()))
    return replace(network, network=made.eval().requires_grad_(False), ticket=ticket), result


class _Pushing(nn.Module):
    """An objective whose checkpoints hold the state of a pruning."""

    def __init__(self, inner: ClassifierTraining, pruning: StructuredPruning, test: LabelledPictures) -> None:
        super().__init__()
        self.inner, self.pruning, self.test = inner, pruning, test
        numbers = {"numbers": torch.zeros(2, dtype=torch.int64), "pruned": torch.zeros(1, dtype=torch.float64)}
        self.memory = _Memory({**pruning.state(), **numbers})
        self.trained = nn.ModuleDict({"network": inner.trained, "memory": self.memory})
        self.weights = inner.weights
        self._stale = True

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        if self._stale:
            self.remember()
        terms: dict[str, Tensor] = self.inner(batch)
        return terms

    def show(self, batch: Mapping[str, Tensor]) -> list[Tensor]:
        return self.inner.show(batch)

    def remember(self) -> None:
        """Take on what a checkpoint says, if one was read."""
        state = self.memory.read()
        self.pruning.restore(state)
        self.pruning.act(int(state["numbers"][0]))
        self._stale = False

    def after_step(self, moment: Moment) -> None:
        """A hook: push, and keep the state where the checkpoint is made of."""
        self.pruning.after_step(moment.step, moment.optimizer)
        if self.pruning.finished and not self.finished:
            self.memory.write({"numbers": torch.tensor([moment.step, moment.step]), "pruned": self._judged(moment.step)})
        self.memory.write({**self.pruning.state(), "numbers": torch.tensor([moment.step, self.finished])})

    @property
    def finished(self) -> int:
        """The step after which all layers were finished; 0 before."""
        return int(self.memory["numbers"][1])

    @property
    def pruned(self) -> float:
        """The accuracy at that step, in [0, 1]."""
        return float(self.memory["pruned"])

    def _judged(self, step: int) -> Tensor:
        """The accuracy of what is left, no group being masked."""
        with self.pruning.unmasked(step):
            found = accuracy(self.inner.trained, self.test.pictures, self.test.labels)
        self.trained.train()
        return torch.tensor([found], dtype=torch.float64)


class _Memory(nn.Module):
    """Tensors by name, as buffers, whose names must not have dots."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.names = list(tensors)
        for number, name in enumerate(self.names):
            self.register_buffer(f"tensor{number}", tensors[name].clone())

    def __getitem__(self, name: str) -> Tensor:
        return self.get_buffer(f"tensor{self.names.index(name)}")

    def read(self) -> dict[str, Tensor]:
        return {name: self[name].cpu() for name in self.names}

    def write(self, tensors: Mapping[str, Tensor]) -> None:
        for name, tensor in tensors.items():
            self[name].copy_(tensor)


def _mask(pruning: StructuredPruning, network: nn.Module) -> Mask:
    """Weight by weight."""
    kept = {}
    for name, groups in pruning.kept().items():
        weight = network.get_submodule(name).weight
        assert isinstance(weight, Tensor)
        kept[f"{name}.weight"] = pruning.grouping.spread(groups, weight).expand_as(weight).contiguous()
    return Mask(kept)


def _fates(pruning: StructuredPruning, name: str) -> Fates:
    contest = pruning.contests[name]
    stayed = contest.push[~contest.gone]
    return Fates(
        groups=len(contest.push),
        gone=int(contest.gone.sum()),
        recovered=pruning.recovered()[name],
        pushed=float(stayed.max()) if len(stayed) else 0.0,
    )
