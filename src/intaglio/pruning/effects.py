"""What pushes do to the groups of a layer while it trains; one `Effect` for each layer.

    Masks        in each step every group is masked with the probability that its push says; gradients reach what is not masked
                 only, momentum of what is masked is wiped, and the weights below the masks stay as they are
    Penalties    the push is the factor of an L2 penalty, whose gradient is added to that of the data
    GroupLasso   the push is the strength of a penalty on the L2 norm of each group
    Scales       the push is the strength of an L1 penalty on a scale that each filter has; groups are ranked by their scales

The papers have SGD. In the steps of Adam a penalty would be divided by its own size, so L2 penalties are proximal steps of
their own there (decoupled weight decay).

Departures:
- Masks are those of the forward pass in the backward pass, too; the authors' code of SPP restores the weights in between.
- Masks and L2 penalties reach biases and normalization of a filter as well; the papers leave those alone.
- Penalties of norms and scales are proximal steps after each of the optimizer's, and not subgradients in it, so that groups
  become zero and not only small. They are as long as momentum makes those of a gradient in the end: a strength means what it
  means in a loss. SSL (Wen et al., Learning Structured Sparsity in Deep Neural Networks, NIPS 2016) and network slimming have
  subgradients.
- Where no batch normalization follows a layer, network slimming gives its filters scales of their own (`slimming`).
"""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from intaglio.pruning.contest import Contest
from intaglio.pruning.members import Members, learned
from intaglio.pruning.slimming import add_scale, remove_scale, shrink_
from intaglio.vocabulary.errors import OptionError

# What SGD and Adam call it.
_MOMENTA = ("momentum_buffer", "exp_avg")


class Effect:
    """What all have in common: what is gone is zero, and gets neither gradient nor momentum.

    Args:
        members: of the layer.

    Raises:
        OptionError: an effect that such groups cannot have.

    """

    push_is: ClassVar[str] = "strength of the penalty"
    """What a push says, for plots."""

    def __init__(self, members: Members) -> None:
        self.members = members
        self.push = torch.zeros(members.groups, dtype=torch.float64)
        self.kept = torch.ones(members.groups, dtype=torch.bool)
        """Groups that are neither gone nor masked in this step."""
        self._hooks: list[torch.utils.hooks.RemovableHandle] = []

    @classmethod
    def beside(cls, *, adaptive: bool) -> "type[Effect]":
        """The effect that does the same beside an optimizer whose steps adapt to the size of gradients, as Adam's do."""
        return cls

    def attach(self) -> None:
        """Begin to act; before the optimizer is made."""
        for tensor in self.members.tensors():
            hook = partial(self._changed, tensor)
            self._hooks.append(tensor.register_hook(hook))  # type: ignore[no-untyped-call]

    def detach(self) -> None:
        """Leave the layer as a plain one."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def norms(self) -> Tensor:
        """What groups are ranked by, (groups,) float64, on the CPU."""
        return self.members.grouping.norms(self.members.weight).cpu()

    def before_step(self, contest: Contest, seed: int) -> None:
        """Take on what the contest says; `seed` is that of the step."""
        self.push, self.kept = contest.push, ~contest.gone
        self.members.multiply_(self.kept)

    def unmask(self) -> None:
        """Let all that is not gone take part, until the next step."""

    def after_step(self, length: float) -> None:
        """Right after a step of the optimizer; `length` is the way that a gradient of 1 goes in a step in the end."""

    def forget(self, optimizer: torch.optim.Optimizer) -> None:
        """Wipe the momentum of what is not kept."""
        for tensor in self.members.tensors():
            state = optimizer.state.get(tensor, {})
            for momentum in (state[name] for name in _MOMENTA if state.get(name) is not None):
                momentum.mul_(self.members.spread(self.kept, momentum))

    def _changed(self, tensor: Tensor, gradient: Tensor) -> Tensor:
        """The gradient that the optimizer sees."""
        return gradient * self.members.spread(self.kept, gradient)


class Masks(Effect):
    """Groups are masked at random."""

    push_is = "probability of a mask"

    def attach(self) -> None:
        """Put a mask over each tensor."""
        for module, name in self.members.places:
            parametrize.register_parametrization(module, name, _Masked(learned(module, name)))

    def detach(self) -> None:
        """Take the masks away; the weights below them were never changed."""
        for module, name in self.members.places:
            if parametrize.is_parametrized(module, name):
                parametrize.remove_parametrizations(module, name, leave_parametrized=False)

    def before_step(self, contest: Contest, seed: int) -> None:
        """Draw the masks of a step."""
        super().before_step(contest, seed)
        drawn = torch.rand(len(self.push), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        self.kept = (drawn >= contest.push) & ~contest.gone
        for mask in self._masks():
            mask.copy_(self.members.spread(self.kept, mask).expand_as(mask))

    def unmask(self) -> None:
        """Take the masks of this step off."""
        for mask in self._masks():
            mask.fill_(1)

    def _masks(self) -> Iterator[Tensor]:
        for module, name in self.members.places:
            mask = module.parametrizations[name][0].mask  # type: ignore[index, union-attr]
            assert isinstance(mask, Tensor)
            yield mask


class Penalties(Effect):
    """The L2 penalty of each group has a factor of its own."""

    push_is = "factor of the penalty"

    @classmethod
    def beside(cls, *, adaptive: bool) -> type[Effect]:
        """Weights shrink by themselves where steps adapt."""
        return _Decays if adaptive else cls

    def _changed(self, tensor: Tensor, gradient: Tensor) -> Tensor:
        pulled = gradient + self.members.spread(self.push, gradient) * tensor.detach()
        return super()._changed(tensor, pulled)


class _Decays(Effect):
    """The proximal step of such penalties, after each of the optimizer's."""

    def after_step(self, length: float) -> None:
        self.members.multiply_(1 / (1 + length * self.push))


class GroupLasso(Effect):
    """The norm of each group's weights shrinks by so much in each step, down to zero."""

    def after_step(self, length: float) -> None:
        """The proximal step."""
        weight = self.members.weight
        norms = self.members.grouping.norms(weight, power=2).cpu()
        factors = (1 - length * self.push / norms.clamp_min(torch.finfo(torch.float64).tiny)).clamp_min(0)
        with torch.no_grad():
            weight.mul_(self.members.spread(factors, weight))


class Scales(Effect):
    """The scale of each filter shrinks by so much in each step, down to zero: that of normalization, or one of its own."""

    def __init__(self, members: Members) -> None:
        super().__init__(members)
        if not members.grouping.outputs:
            raise OptionError(f"slimming has a scale for every filter, and none for {members.grouping.name}; prune filters")

    def attach(self) -> None:
        """Give filters scales where they have none."""
        if not self._normalized:
            self.members.places.append((add_scale(self.members.layer), "scale"))
        super().attach()

    def detach(self) -> None:
        """Multiply the weights by scales that are not normalization's."""
        super().detach()
        if not self._normalized:
            self.members.places.pop()
            remove_scale(self.members.layer)

    def norms(self) -> Tensor:
        """The scales' magnitudes."""
        return self._scale.detach().abs().double().cpu()

    def after_step(self, length: float) -> None:
        """The proximal step."""
        shrink_([self._scale], length * self.push)

    @property
    def _normalized(self) -> bool:
        return getattr(self.members.normalization, "weight", None) is not None

    @property
    def _scale(self) -> nn.Parameter:
        if self._normalized:
            assert self.members.normalization is not None
            return learned(self.members.normalization, "weight")
        return learned(*self.members.places[-1])


class _Masked(nn.Module):
    """A weight times a mask."""

    mask: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.register_buffer("mask", torch.ones_like(weight), persistent=False)

    def forward(self, weight: Tensor) -> Tensor:
        return weight * self.mask
