"""How SPP, IncReg, GReg and penalties of fixed strength push the groups of a layer.

Wang et al., Structured Probabilistic Pruning for Convolutional Neural Network Acceleration, BMVC 2018; Wang et al., Structured
Pruning for Efficient ConvNets via Incremental Regularization, IJCNN 2019; Wang et al., Neural Pruning via Growing
Regularization, ICLR 2021.

Departures:
- Penalties of fixed strength are to say themselves which groups go: those that they made zero. Here as many go as were to go,
  those of the smallest norms, so that methods can be compared at one ratio.
- GReg compares the norms of an update, and not running averages, to see that what is doomed is small enough; and it lets the
  groups that stay have no penalty, where its code gives them a negative one.
"""

import math
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from intaglio.pruning.contest import Contest, ranks_of
from intaglio.pruning.increments import centre_symmetric, two_sided
from intaglio.vocabulary.spec import Spec

# Of GReg: so many times as large are the groups that stay.
_APART = 1000


class SPP(Spec):
    """Structured probabilistic pruning: the push is the probability that a group is masked in a step."""

    largest: float = Field(default=0.05, gt=0)
    """A of the paper."""
    flatness: float = Field(default=0.25, gt=0, lt=1)
    """u of the paper."""
    memory: float = Field(default=0.0, ge=0, lt=1)
    """Share of the earlier norms that counts in the next ranking; the paper has none."""

    def __call__(self, contest: Contest, norms: Tensor) -> Contest:
        """Equations 3 and 4."""
        if contest.finished:
            return contest
        scores = self.memory * contest.ranks + norms
        order = ranks_of(scores, contest.gone)
        step = centre_symmetric(order, contest.missing, self.largest, flatness=self.flatness)
        return contest.moved((contest.push + step).clamp(0, 1), 1.0, order, scores)


class IncReg(Spec):
    """Incremental regularization: the push is the factor of an L2 penalty, and ranks are averaged over all updates so far."""

    largest: float = Field(default=2.5e-4, gt=0)
    """A of the paper: half the weight decay of the training before."""
    ceiling: float = Field(default=2.5, gt=0)
    """Factor at which a group goes; 5,000 to 10,000 times `largest`."""
    scheme: Literal["symmetric", "two-sided"] = "symmetric"
    """Function of the increments."""
    flatness: float = Field(default=0.25, gt=0, lt=1)
    """u of the paper, of the symmetric scheme."""
    edge: float = Field(default=0.1, gt=0, le=1)
    """v of the code, of the two-sided scheme."""

    def __call__(self, contest: Contest, norms: Tensor) -> Contest:
        """An update."""
        if contest.finished:
            return contest
        number = contest.updates + 1
        # Groups that are gone count as the lowest, so that the averages of the others stay comparable.
        now = ranks_of(norms.masked_fill(contest.gone, -1.0))
        average = ((number - 1) * contest.ranks + now) / number
        order = ranks_of(average, contest.gone)
        if self.scheme == "symmetric":
            step = centre_symmetric(order, contest.missing, self.largest, flatness=self.flatness, lowest=-self.ceiling)
        else:
            active = int((~contest.gone).sum())
            step = two_sided(order, contest.missing, active, self.largest, edge=self.edge)
        return contest.moved((contest.push + step).clamp_min(0), self.ceiling, order, average)


class GReg(Spec):
    """Growing regularization (Wang et al., ICLR 2021): the same push for every group that is doomed.

    GReg-1 dooms the groups of the lowest norms at the first update. GReg-2 pushes all of them alike until a penalty of `pick`
    has told them apart, and dooms the lowest then. All that are doomed go as soon as the others are a thousand times as large.
    """

    step: float = Field(default=1e-4, gt=0)
    """Increment of doomed groups."""
    ceiling: float = Field(default=1.0, gt=0)
    """tau of the paper."""
    pick: float = Field(default=0.0, ge=0)
    """tau' of the paper, of GReg-2; 0 for GReg-1."""
    pick_step: float = Field(default=1e-5, gt=0)
    """Increment of all groups until then."""

    def __call__(self, contest: Contest, norms: Tensor) -> Contest:
        """An update."""
        if contest.finished:
            return contest
        order = ranks_of(norms, contest.gone)
        doomed = contest.ranks > 0
        if not doomed.any():
            if float(contest.push.max()) < self.pick:
                return contest.moved(contest.push + self.pick_step, math.inf, order, contest.ranks)
            doomed = order < contest.missing
        if float(norms[~doomed & ~contest.gone].mean()) > _APART * float(norms[doomed].mean()):
            return contest.moved(contest.push.masked_fill(doomed, self.ceiling), self.ceiling, order, doomed.double())
        # Those that stay are let go of the penalty that told them apart.
        push = torch.where(doomed, contest.push + self.step, torch.zeros_like(contest.push))
        return contest.moved(push, self.ceiling, order, doomed.double())


class AtOnce(Spec):
    """The groups of the lowest norms go in the first update: Li et al., Pruning Filters for Efficient ConvNets, ICLR 2017."""

    def __call__(self, contest: Contest, norms: Tensor) -> Contest:
        """The cut."""
        if contest.finished:
            return contest
        order = ranks_of(norms, contest.gone)
        return contest.moved((order < contest.missing).double(), 1.0, order, contest.ranks)


class Steady(Spec):
    """One push for all groups; in the last update those of the lowest norms go."""

    strength: float = Field(gt=0)
    """The push."""

    def __call__(self, contest: Contest, norms: Tensor) -> Contest:
        """An update."""
        if contest.finished:
            return contest
        order = ranks_of(norms, contest.gone)
        last = contest.updates + 1 >= contest.length
        push = torch.full_like(contest.push, self.strength)
        return contest.moved(push, self.strength if last else math.inf, order, contest.ranks)
