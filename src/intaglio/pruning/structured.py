"""`StructuredPruning`: groups of weights pushed out of a network while it trains, by sampled masks (SPP) or growing penalties.

    masks       in each step every group is masked with the probability that its push says; gradients reach what is not masked
                only, momentum of what is masked is wiped, and the weights below the masks stay as they are
    penalties   the push is the factor of an L2 penalty, whose gradient is added to that of the data

Weights of groups that are gone are zero from then on. It works with SGD, as the papers do: in the steps of Adam a penalty would
be divided by its own size.

Departures:
- Masks are those of the forward pass in the backward pass, too; the authors' code restores the weights in between.
- Survivors keep their weights in the end. The code of 2017 scales them by the probability that they survived, that of 2018 does
  not.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from intaglio.pruning.contest import Contest, Rule
from intaglio.pruning.groups import Grouping
from intaglio.pruning.trace import Trace
from intaglio.vocabulary.errors import OptionError, WeightsError
from intaglio.vocabulary.seeds import derive_seed

Effect = Literal["masks", "penalties"]
"""What a push does."""


class _Masked(nn.Module):
    """A weight times a mask."""

    mask: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.register_buffer("mask", torch.ones_like(weight), persistent=False)

    def forward(self, weight: Tensor) -> Tensor:
        return weight * self.mask


class StructuredPruning:
    """The contests of a network's layers, and what they do to its weights.

    Args:
        layers: by name, each with a `weight`.
        ratios: share of groups that is to go, by the name of the layer; layers without one are left alone.
        rule: how groups are pushed.
        grouping: what a group is.
        effect: what the push does.
        interval: steps between updates.
        seed: of the masks.
        steps: of the whole phase, over which the trace is spread; 0 for no trace.

    Raises:
        OptionError: a ratio out of range, a layer that there is not, or a weight that has no such groups.

    """

    def __init__(
        self,
        layers: Mapping[str, nn.Module],
        ratios: Mapping[str, float],
        rule: Rule,
        grouping: Grouping,
        *,
        effect: Effect,
        interval: int = 1,
        seed: int = 0,
        steps: int = 0,
    ) -> None:
        if unknown := [name for name in ratios if name not in layers]:
            raise OptionError(f"there is no layer {unknown[0]!r}; layers are {', '.join(layers)}")
        self.layers = {name: layers[name] for name in ratios}
        self.rule, self.grouping, self.effect = rule, grouping, effect
        self.interval, self.seed = interval, seed
        counts = {name: grouping.count(_weight(layer)) for name, layer in self.layers.items()}
        self.contests = {name: Contest.begin(count, ratios[name]) for name, count in counts.items()}
        self._highest = {name: torch.zeros(count, dtype=torch.float64) for name, count in counts.items()}
        self.trace = Trace(counts, steps)

    @contextmanager
    def attached(self, step: int = 0) -> Iterator[None]:
        """Let pushes act while the block lasts; in the end layers are as they were, weights of groups that are gone zero.

        Args:
            step: how many have been done.

        """
        hooks = [self._attach(name, layer) for name, layer in self.layers.items()]
        self.act(step)
        try:
            yield
        finally:
            for hook in hooks:
                if hook is not None:
                    hook.remove()
            for layer in self.layers.values():
                if parametrize.is_parametrized(layer, "weight"):
                    parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)

    def after_step(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        """Move the contests if it is time, and make the masks of the next step.

        Args:
            step: how many have been done, from 1.
            optimizer: of the training; its momentum is wiped where weights are masked.

        """
        if step % self.interval == 0:
            for name, layer in self.layers.items():
                norms = self.grouping.norms(_weight(layer)).cpu()
                self.contests[name] = self.rule(self.contests[name], norms)
                self._highest[name] = torch.maximum(self._highest[name], self.contests[name].push)
        self.trace.note(step, {name: contest.push for name, contest in self.contests.items()})
        self.act(step)
        for name, layer in self.layers.items():
            momentum = optimizer.state.get(_weight(layer), {}).get("momentum_buffer")
            if momentum is not None:
                momentum.mul_(self._mask(name, layer))

    @property
    def finished(self) -> bool:
        """Whether all layers are."""
        return all(contest.finished for contest in self.contests.values())

    def kept(self) -> dict[str, Tensor]:
        """Booleans by layer: which groups are not gone."""
        return {name: ~contest.gone for name, contest in self.contests.items()}

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
        for layer in self.layers.values():
            if parametrize.is_parametrized(layer, "weight"):
                _masked(layer).mask.fill_(1)
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
            self.contests[name] = Contest(push=push, gone=gone.bool(), ranks=ranks, target=target, updates=updates)
            self._highest[name] = highest
        self.trace.restore(state)

    def _recovered(self) -> dict[str, Tensor]:
        return {name: (self._highest[name] > 0) & (contest.push == 0) for name, contest in self.contests.items()}

    def _attach(self, name: str, layer: nn.Module) -> "torch.utils.hooks.RemovableHandle | None":
        weight = _weight(layer)
        if self.effect == "masks":
            parametrize.register_parametrization(layer, "weight", _Masked(weight))
            return None

        def penalized(gradient: Tensor) -> Tensor:
            push = self.grouping.spread(self.contests[name].push, weight).to(gradient)
            return (gradient + push * weight.detach()) * self._mask(name, layer)

        return weight.register_hook(penalized)  # type: ignore[no-any-return, no-untyped-call]

    def act(self, step: int) -> None:
        """Zero what is gone, and draw the masks of a step: a function of the seed and the step."""
        for name, layer in self.layers.items():
            weight, contest = _weight(layer), self.contests[name]
            with torch.no_grad():
                weight.mul_(self.grouping.spread((~contest.gone).to(weight), weight))
            if self.effect == "masks":
                generator = torch.Generator().manual_seed(derive_seed(self.seed, name, step) % 2**63)
                drawn = torch.rand(len(contest.push), generator=generator, dtype=torch.float64)
                kept = (drawn >= contest.push) & ~contest.gone
                _masked(layer).mask.copy_(self.grouping.spread(kept.to(weight), weight).expand_as(weight))

    def _mask(self, name: str, layer: nn.Module) -> Tensor:
        """What the weights are multiplied by in this step."""
        weight = _weight(layer)
        if self.effect == "masks":
            return _masked(layer).mask
        return self.grouping.spread((~self.contests[name].gone).to(weight), weight)


def _weight(layer: nn.Module) -> nn.Parameter:
    """The weight that is trained, below a mask if there is one."""
    masked = parametrize.is_parametrized(layer, "weight")
    found = layer.parametrizations["weight"].original if masked else layer.weight  # type: ignore[index, union-attr]
    assert isinstance(found, nn.Parameter)
    return found


def _masked(layer: nn.Module) -> _Masked:
    masks: Sequence[nn.Module] = layer.parametrizations["weight"]  # type: ignore[index, assignment]
    mask = masks[0]
    assert isinstance(mask, _Masked)
    return mask
