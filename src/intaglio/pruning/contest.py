"""`Contest`: where the groups of one layer stand against each other; a `Rule` moves them.

Each group has a *push*: in SPP the probability that it is masked, in IncReg and GReg the factor of an L2 penalty. Rules are
pure: (contest, norms of the groups) -> contest. A group whose push reaches the end is gone for good; a layer is finished as
soon as exactly as many are gone as were to go.

Departures:
- Several groups may reach the end in one update. Those of the lowest ranks go, as many as are still to go; the authors' code
  may take more than it was asked for.
- In finished layers nothing moves.
- Where updates end before a layer is finished, those that were pushed furthest go at once.
"""

import math
from dataclasses import dataclass, replace
from typing import Protocol, Self

import torch
from torch import Tensor

from intaglio.pruning.magnitude import refuse_share


@dataclass(frozen=True, kw_only=True)
class Contest:
    """The groups of one layer; tensors are (groups,), on the CPU."""

    push: Tensor
    """Float64, from 0: probability or factor."""
    gone: Tensor
    """Booleans."""
    ranks: Tensor
    """Float64: what a rule remembers of earlier ranks or norms."""
    target: int
    """How many are to go in all."""
    updates: int = 0
    """How many there were."""
    length: int = 0
    """How many there are in all, for rules that wait for the last one."""

    @classmethod
    def begin(cls, groups: int, ratio: float, length: int = 0) -> Self:
        """Nothing is gone yet.

        Args:
            groups: how many there are.
            ratio: share of them that is to go, in [0, 1); rounded up, and one stays always.
            length: updates in all.

        Raises:
            OptionError: a ratio out of range.

        """
        zeros, gone = torch.zeros(groups, dtype=torch.float64), torch.zeros(groups, dtype=torch.bool)
        return cls(push=zeros, gone=gone, ranks=zeros, target=target_of(groups, ratio), length=length)

    @property
    def missing(self) -> int:
        """How many are still to go."""
        return self.target - int(self.gone.sum())

    @property
    def finished(self) -> bool:
        """Whether all are gone that were to go."""
        return self.missing <= 0

    def moved(self, push: Tensor, end: float, order: Tensor, ranks: Tensor) -> Self:
        """After an update: groups at the end go, the lowest in `order` first.

        Args:
            push: of all groups; those that are gone keep theirs.
            end: where a group goes.
            order: ranks of the groups.
            ranks: to remember.

        """
        push = torch.where(self.gone, self.push, push)
        over = ((push >= end) & ~self.gone).nonzero()[:, 0]
        gone = self.gone.clone()
        gone[over[order[over].argsort(stable=True)][: self.missing]] = True
        return replace(self, push=push, gone=gone, ranks=ranks, updates=self.updates + 1)

    def settled(self, norms: Tensor) -> Self:
        """The contest without what was still to go: what was pushed furthest, and of equals what has the lowest norms.

        Args:
            norms: L1 norms of the groups, (groups,) float64.

        """
        weakest = norms.argsort(stable=True)
        furthest = self.push.masked_fill(self.gone, -1.0)[weakest].argsort(descending=True, stable=True)
        gone = self.gone.clone()
        gone[weakest[furthest[: self.missing]]] = True
        return replace(self, gone=gone)


class Rule(Protocol):
    """How groups are pushed."""

    def __call__(self, contest: Contest, norms: Tensor) -> Contest:
        """The contest after an update, given the L1 norms of the groups, (groups,) float64."""
        ...


def target_of(groups: int, ratio: float) -> int:
    """How many groups are to go: their share rounded up, but one stays always.

    Raises:
        OptionError: a ratio outside [0, 1).

    """
    refuse_share(ratio, "ratio")
    # A product that is whole but for its last digit is whole.
    return min(groups - 1, math.ceil(round(ratio * groups, 9)))


def ranks_of(values: Tensor, gone: Tensor | None = None) -> Tensor:
    """Ranks from 0, ascending, of equals the first; groups that are gone have none and stand at the end."""
    values = values if gone is None else values.masked_fill(gone, math.inf)
    ranks = torch.empty(len(values), dtype=torch.float64)
    ranks[values.argsort(stable=True)] = torch.arange(len(values), dtype=torch.float64)
    return ranks
