"""`StructuredPruning`: groups of weights pushed out of a network while it trains, by an effect that pushes have (`effects`).

Weights of groups that are gone are zero from then on.

Departures:
- Survivors keep their weights in the end. The code of SPP of 2017 scales them by the probability that they survived, that of
  2018 does not.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor, nn

from intaglio.pruning.contest import Contest, Rule
from intaglio.pruning.effects import Effect
from intaglio.pruning.groups import Grouping
from intaglio.pruning.mask import Mask
from intaglio.pruning.members import Members, learned
from intaglio.pruning.trace import Trace
from intaglio.vocabulary.errors import OptionError, WeightsError
from intaglio.vocabulary.seeds import derive_seed


class StructuredPruning:
    """The contests of a network's layers, and what they do to its weights.

    Args:
        layers: by name, each with a `weight`.
        ratios: share of groups that is to go, by the name of the layer; layers without one are left alone.
        rule: how groups are pushed.
        grouping: what a group is.
        effect: what the push does.
        normalizations: behind layers, by the names of those; of filters they are pruned along.
        updates: the steps after which contests move, counted from 1, up to the end of the phase; rules may wait for the last.
        seed: of the masks.

    Raises:
        OptionError: a ratio out of range, a layer that there is not, a weight that has no such groups, does not learn or is
            that of another layer, too.

    """

    def __init__(
        self,
        layers: Mapping[str, nn.Module],
        ratios: Mapping[str, float],
        rule: Rule,
        grouping: Grouping,
        *,
        effect: type[Effect],
        normalizations: Mapping[str, nn.Module] | None = None,
        updates: range,
        seed: int = 0,
    ) -> None:
        _refuse_unfit(layers, ratios)
        behind = normalizations or {}
        members = {name: Members(layers[name], grouping, behind.get(name)) for name in ratios}
        self.effects = {name: effect(one) for name, one in members.items()}
        self.rule, self.grouping, self.updates, self.seed = rule, grouping, updates, seed
        self.contests = {name: Contest.begin(one.groups, ratios[name], len(updates)) for name, one in members.items()}
        self._highest = {name: torch.zeros(one.groups, dtype=torch.float64) for name, one in members.items()}
        self.trace = Trace({name: one.groups for name, one in members.items()}, updates.stop - 1)

    @contextmanager
    def attached(self, step: int = 0) -> Iterator[None]:
        """Let pushes act while the block lasts; in the end layers are plain ones, weights of groups that are gone zero.

        Args:
            step: how many have been done.

        """
        for effect in self.effects.values():
            effect.attach()
        self.act(step)
        try:
            yield
        finally:
            for effect in self.effects.values():
                effect.detach()

    def after_step(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        """Move the contests if it is time, and let them act on the next step.

        Args:
            step: how many have been done, from 1.
            optimizer: of the training; its momentum is wiped where weights are masked.

        """
        settings = optimizer.param_groups[0]
        length = settings["lr"] / (1 - settings.get("momentum", 0.0))
        for effect in self.effects.values():
            effect.after_step(length)
        if step in self.updates:
            for name, effect in self.effects.items():
                self.contests[name] = self.rule(self.contests[name], effect.norms())
                self._highest[name] = torch.maximum(self._highest[name], self.contests[name].push)
        self.trace.note(step, {name: contest.push for name, contest in self.contests.items()})
        self.act(step)
        for effect in self.effects.values():
            effect.forget(optimizer)

    def act(self, step: int) -> None:
        """Zero what is gone, and let pushes act on the next step: a function of the seed and the step."""
        for name, effect in self.effects.items():
            effect.before_step(self.contests[name], derive_seed(self.seed, name, step) % 2**63)

    @property
    def finished(self) -> bool:
        """Whether all layers are."""
        return all(contest.finished for contest in self.contests.values())

    def settle(self) -> dict[str, int]:
        """Let go of what was still to go when updates ended: by layer, how many groups."""
        left = {name: contest.missing for name, contest in self.contests.items()}
        for name, effect in self.effects.items():
            self.contests[name] = self.contests[name].settled(effect.norms())
        return left

    def kept(self) -> dict[str, Tensor]:
        """Booleans by layer: which groups are not gone."""
        return {name: ~contest.gone for name, contest in self.contests.items()}

    def mask(self, network: nn.Module) -> Mask:
        """Which weights are not gone, by their names in the network, all that belongs to a group included."""
        names = {parameter: name for name, parameter in network.named_parameters()}
        masks = [effect.members.kept(~self.contests[name].gone, names) for name, effect in self.effects.items()]
        return Mask({name: kept for mask in masks for name, kept in mask.items()})

    def recovered(self) -> dict[str, int]:
        """How many groups of each layer were pushed once and are not any more."""
        return {name: int(found.sum()) for name, found in self._recovered().items()}

    def record(self) -> dict[str, Tensor]:
        """The trace with what became of its groups.

        `steps` (records,) int64; by layer `NAME.pushes` (records, groups) float32, `NAME.groups` (groups,) int64, which they
        are, `NAME.gone` and `NAME.recovered` (groups,), booleans.
        """
        found, recovered = {"steps": torch.tensor(self.trace.steps, dtype=torch.int64)}, self._recovered()
        for name, chosen in self.trace.groups.items():
            fates = {"gone": self.contests[name].gone[chosen], "recovered": recovered[name][chosen]}
            values = {"pushes": self.trace.pushes[name], "groups": chosen, **fates}
            found |= {f"{name}.{key}": value.contiguous() for key, value in values.items()}
        return found

    @contextmanager
    def unmasked(self, step: int) -> Iterator[None]:
        """The network without sampled masks while the block lasts; then the masks of a step are back."""
        for effect in self.effects.values():
            effect.unmask()
        try:
            yield
        finally:
            self.act(step)

    def state(self) -> dict[str, Tensor]:
        """All that the next step depends on."""
        found: dict[str, Tensor] = {}
        for name, contest in self.contests.items():
            values = {"push": contest.push, "gone": contest.gone, "ranks": contest.ranks, "highest": self._highest[name]}
            values["numbers"] = torch.tensor([contest.target, contest.updates])
            found |= {f"{name}.{key}": value for key, value in values.items()}
        return found | self.trace.state()

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a state.

        Raises:
            WeightsError: it is that of other layers or ratios.

        """
        for name, contest in self.contests.items():
            values = {key: state.get(f"{name}.{key}") for key in ("push", "gone", "ranks", "highest", "numbers")}
            push, gone, ranks, highest, numbers = values.values()
            if push is None or gone is None or ranks is None or highest is None or numbers is None:
                raise WeightsError(f"the state of pruning has nothing about {name}; start over")
            target, updates = map(int, numbers.tolist())
            if (push.shape, target) != (contest.push.shape, contest.target):
                raise WeightsError(f"the state of pruning has other groups of {name} than are asked for; start over")
            self.contests[name] = replace(contest, push=push, gone=gone.bool(), ranks=ranks, updates=updates)
            self._highest[name] = highest
        self.trace.restore(state)

    def _recovered(self) -> dict[str, Tensor]:
        return {name: (self._highest[name] > 0) & (contest.push == 0) for name, contest in self.contests.items()}


def _refuse_unfit(layers: Mapping[str, nn.Module], ratios: Mapping[str, float]) -> None:
    if unknown := [name for name in ratios if name not in layers]:
        raise OptionError(f"there is no layer {unknown[0]!r}; layers are {', '.join(layers)}")
    for name in ratios:
        weight = learned(layers[name], "weight")
        if not weight.requires_grad:
            raise OptionError(f"{name} does not learn, and nothing can be pushed out of it; leave it out")
        tied = [other for other, layer in layers.items() if other != name and learned(layer, "weight") is weight]
        if tied:
            raise OptionError(f"{name} and {tied[0]} share one weight, which cannot lose groups of one alone; leave both out")
