"""Structured pruning: groups are pushed out while a network trains, then what is left is trained on.

Departures:
- A phase has as many steps as it is given. Where all layers are finished before, the rest of them settles what is left; where
  some are not, what was still to go is cut in the end, and counted.
- Batch normalization goes on as in any training; the papers do not speak of it.
"""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from safetensors.torch import save
from torch import Tensor, nn

from intaglio.images.atomic import replacing
from intaglio.pruning.catalog import STRUCTURED
from intaglio.pruning.groups import GROUPINGS
from intaglio.pruning.masking import masked
from intaglio.pruning.structured import StructuredPruning
from intaglio.storage.pretrained import Pretrained
from intaglio.storage.ticket import Origin, Ticket
from intaglio.training.objective import Moment, Objective
from intaglio.training.run import Conduct, Run
from intaglio.training.silence import listening
from intaglio.training.spec import TrainingSpec
from intaglio.training.speedup import refuse_bound
from intaglio.training.task import Task
from intaglio.vocabulary.errors import OptionError
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
    sensitivity: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    """What the ratios were chosen by, if layers were measured: errors by layer, as `sensitivity` gives them."""


def structured_spec(network: Pretrained, task: Task, method: str, settings: Mapping[str, Any], where: str) -> StructuredSpec:
    """The description of a pruning: settings, and what is usual for the rest.

    As usual counts the training of the network's paper: at a constant rate while groups are pushed, lower where the method
    says so (a twentieth, with half the weight decay, as IncReg has it); and its whole schedule after that.

    Raises:
        UnknownNameError: no method of that name.
        SpecError: a setting that there is not, or a value that does not fit.

    """
    way = STRUCTURED[method]
    training = {**task.training, "schedule": "constant"}
    training["learning_rate"] /= way.slower
    training["weight_decay"] /= way.freer
    phases: dict[str, Any] = {"pruning": training, "retraining": task.training}
    for name, usual in phases.items():
        given = settings.get(name, {})
        phases[name] = {**usual, **given} if isinstance(given, Mapping) else given
    usual = {"interval": way.interval, "grouping": way.grouping, **task.usual}
    named = {"network": network.digest(), "data": task.data, "method": method}
    described = task.spec.parse({**usual, **settings, **phases, **named}, where=where)
    assert isinstance(described, StructuredSpec)
    return described


class Fates(Spec):
    """What became of the groups of a layer."""

    groups: int
    gone: int
    recovered: int
    """How many were pushed once and are not any more."""
    forced: int = 0
    """How many of those that are gone were not pushed out, but cut when the steps had run out."""
    pushed: float
    """The largest push of a group that stayed."""


class StructuredResult(Spec):
    """What a structured pruning did."""

    before: dict[str, float]
    """How well the network did, by what the task judges it."""
    pruned: dict[str, float]
    """At the step after which all groups were gone; what is left has not been trained without them then."""
    retrained: dict[str, float]
    sensitivity: dict[str, tuple[float, ...]]
    """That of the description."""
    layers: dict[str, Fates]
    finished: int
    """The step after which all layers were; the last one where some had to be cut."""


def prune_structured(
    spec: StructuredSpec,
    network: Pretrained,
    task: Task,
    folder: Path,
    conduct: Conduct,
) -> tuple[Pretrained, StructuredResult]:
    """Prune a network.

    Args:
        spec: what to do.
        network: the one that it names; it stays as it is.
        task: what it learns.
        folder: of the run; it goes on from what it finds there.
        conduct: how it is carried out.

    Returns:
        The network with its mask, and what was done.

    Raises:
        OptionError: a layer or a grouping that there is not, ratios that take nothing, or layers that cannot lose such groups.
        TrainingError: a loss is not finite.
        JournalError: the folder holds another run.

    """
    grouping = GROUPINGS[spec.grouping]
    made = copy.deepcopy(network.network)
    before = task.judged(made, spec)
    inner = task.objective(made, spec)
    method = STRUCTURED[spec.method]
    layers = {name: one for name, one in made.named_modules() if isinstance(one, nn.Conv2d | nn.Linear)}
    rule: Any = method.rule.parse({**method.usual, **spec.rule}, where="rule")
    pruning = StructuredPruning(
        layers,
        spec.ratios,
        rule,
        grouping,
        effect=method.effect.beside(adaptive=spec.pruning.optimizer == "adam"),
        normalizations={name: made.get_submodule(behind) for name, behind in task.normalizations.items()},
        updates=range(spec.interval, spec.pruning.steps + 1, spec.interval),
        seed=spec.pruning.seed,
    )
    refuse_bound(network, spec.ratios, grouping)
    if not any(contest.target for contest in pruning.contests.values()):
        raise OptionError("these ratios take no group from any layer; ask for more")
    feed = task.feed(spec)
    run = Run(folder, spec, conduct, total=spec.pruning.steps + spec.retraining.steps)
    with pruning.attached():
        objective = _Pushing(inner, pruning, lambda: task.judged(made, spec), tuple(before))
        run.phase("prune", objective, feed, spec.pruning, [objective.after_step])
        objective.remember()
        forced = pruning.settle()
    mask = pruning.mask(made)
    mask.apply_(dict(made.named_parameters()))
    pruned = objective.pruned if objective.finished else task.judged(made, spec)
    if not objective.finished:
        conduct.warned(_told_of(forced, spec.pruning.steps))
    with replacing(folder / PUSHES, durable=False) as temporary:
        temporary.write_bytes(save(pruning.record()))
    inner = task.objective(made, spec)
    with masked(dict(made.named_parameters()), mask):
        run.phase("retrain", inner, feed, spec.retraining)
    with listening(made) as unreached:
        retrained = task.judged(made, spec)
    if mute := unreached():
        conduct.warned(
            f"nothing reaches {', '.join(mute)}: what is read there is zero for every picture, since no filter before it fires "
            "any more; push groups out over more steps, or ask for less"
        )
    result = StructuredResult(
        before=before,
        pruned=pruned,
        retrained=retrained,
        sensitivity=spec.sensitivity,
        layers={name: _fates(pruning, name, forced[name]) for name in pruning.contests},
        finished=objective.finished or spec.pruning.steps,
    )
    with replacing(folder / _FATES, durable=False) as temporary:
        temporary.write_text(json.dumps(result.model_dump(mode="json"), indent=2) + "\n")
    ticket = Ticket(mask=mask, origin=Origin(method=spec.method, step=spec.digest()))
    return replace(network, network=made.eval().requires_grad_(False), ticket=ticket), result


class _Pushing(nn.Module):
    """An objective whose checkpoints hold the state of a pruning.

    Args:
        inner: what is learned.
        pruning: what is pushed.
        judge: how well the network does, by the names of `judged`; it leaves the network in evaluation mode.
        judged: names.

    """

    def __init__(
        self, inner: Objective, pruning: StructuredPruning, judge: Callable[[], dict[str, float]], judged: tuple[str, ...]
    ) -> None:
        super().__init__()
        self.inner, self.pruning, self.judge, self.judged = inner, pruning, judge, judged
        numbers = {"numbers": torch.zeros(2, dtype=torch.int64), "pruned": torch.zeros(len(judged), dtype=torch.float64)}
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
    def pruned(self) -> dict[str, float]:
        """How well the network did at that step."""
        return dict(zip(self.judged, self.memory["pruned"].tolist(), strict=True))

    def _judged(self, step: int) -> Tensor:
        """What is left, no group being masked, in numbers."""
        with self.pruning.unmasked(step):
            found = self.judge()
        self.trained.train()
        return torch.tensor([found[name] for name in self.judged], dtype=torch.float64)


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


def _told_of(forced: Mapping[str, int], steps: int) -> str:
    layers = ", ".join(name for name, groups in forced.items() if groups)
    return (
        f"{layers} were not finished after {steps:,} steps, and {sum(forced.values()):,} groups were cut that had not been "
        "pushed out; give more steps, or a shorter interval"
    )


def _fates(pruning: StructuredPruning, name: str, forced: int) -> Fates:
    contest = pruning.contests[name]
    stayed = contest.push[~contest.gone]
    return Fates(
        groups=len(contest.push),
        gone=int(contest.gone.sum()),
        recovered=pruning.recovered()[name],
        forced=forced,
        pushed=float(stayed.max()) if len(stayed) else 0.0,
    )
