"""Groups of weights that are pruned together: what structured pruning takes away as one.

    filters    all weights of an output channel; the layer becomes narrower
    channels   all weights of an input channel; so does the layer before
    offsets    all weights of a position of the kernel; the kernel becomes smaller
    columns    the weights of an input channel at a position of the kernel: a column of the matrix that im2col multiplies

A column is shared by all groups of a grouped convolution, as in the code of SPP and IncReg. Linear layers have no offsets;
their channels and columns are the same.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from intaglio.vocabulary.catalog import Catalog
from intaglio.vocabulary.errors import OptionError


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """A way to group the weights of a layer."""

    name: str
    title: str
    """One line for lists."""
    kept: Callable[[int], tuple[int, ...]]
    """Dimensions of the weight -> those that tell groups apart."""
    outputs: bool = False
    """Whether a group is all that makes an output of the layer, and takes its bias along."""
    reach: int = 0
    """The layer that becomes narrower too where a group goes: 1 for the next, -1 for the one before, 0 for none."""

    def count(self, weight: Tensor) -> int:
        """How many groups a weight (filters, channels, height, width) or (filters, channels) has."""
        return math.prod(weight.shape[place] for place in self._kept(weight))

    def norms(self, weight: Tensor, power: int = 1) -> Tensor:
        """The L1 or L2 norm of each group, (groups,), float64, on the weight's device."""
        values, others = weight.detach().double(), self._others(weight)
        if not others:
            return values.abs().flatten()
        norms: Tensor = torch.linalg.vector_norm(values, ord=power, dim=others)
        return norms.flatten()

    def spread(self, values: Tensor, weight: Tensor) -> Tensor:
        """A value per group, (groups,), in a shape that multiplies the weight."""
        kept = self._kept(weight)
        return values.view([size if place in kept else 1 for place, size in enumerate(weight.shape)])

    def _kept(self, weight: Tensor) -> tuple[int, ...]:
        kept = self.kept(weight.dim())
        if not kept:
            raise OptionError(f"a weight of shape {tuple(weight.shape)} has no {self.name}; choose another grouping")
        return kept

    def _others(self, weight: Tensor) -> tuple[int, ...]:
        kept = self._kept(weight)
        return tuple(place for place in range(weight.dim()) if place not in kept)


GROUPINGS: Catalog[Grouping] = Catalog(
    "grouping",
    [
        (grouping.name, grouping)
        for grouping in (
            Grouping(
                name="filters",
                title="all weights of an output channel",
                kept=lambda dimensions: (0,),
                outputs=True,
                reach=1,
            ),
            Grouping(
                name="channels",
                title="all weights of an input channel",
                kept=lambda dimensions: (1,),
                reach=-1,
            ),
            Grouping(
                name="offsets",
                title="all weights of a position of the kernel",
                kept=lambda dimensions: tuple(range(2, dimensions)),
            ),
            Grouping(
                name="columns",
                title="an input channel at a position of the kernel",
                kept=lambda dimensions: tuple(range(1, dimensions)),
            ),
        )
    ],
)
