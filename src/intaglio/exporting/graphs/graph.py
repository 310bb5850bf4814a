"""`Graph`: a network, or a part of one, as a function of named tensors that other programs can run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim

from intaglio.models.card import ModelCard

# Rows and columns of pictures that graphs are traced with and tried with, as multiples of what sides are multiples of.
_SIZES = (4, 6), (7, 5)


@dataclass(frozen=True, kw_only=True)
class Port:
    """A tensor that a graph takes."""

    name: str
    meaning: str
    """What it is, in words."""
    traced: Tensor
    """A value that the graph is traced with."""
    tried: Tensor
    """Another, whose free sides are other ones; of pictures odd ones, but for what they are multiples of."""
    free: Mapping[int, Any] = field(default_factory=dict)
    """Which axes have any length, with the `Dim` of each, or a multiple of one."""

    @property
    def sides(self) -> tuple[str, ...]:
        """Its shape in words: "1", "3", "8*rows", "8*columns"."""
        return tuple(
            self.free[axis].__name__ if axis in self.free else str(side) for axis, side in enumerate(self.traced.shape)
        )


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A function of named tensors."""

    name: str
    """Of the file, without its suffix."""
    title: str
    """What it does, in words."""
    module: nn.Module
    """Takes tensors in the order of `takes`, and gives one, or as many as `gives` has names; in evaluation."""
    takes: tuple[Port, ...]
    gives: tuple[str, ...]


def cells(name: str, grid: int = 1) -> dict[int, Any]:
    """The free sides of maps (N, C, h, w) of `grid` times so many rows and columns; those of one name go together."""
    # Reflection at the border needs two.
    sides = (Dim(f"{name}_{side}" if name else side, min=2) for side in ("rows", "columns"))
    return {axis: grid * side if grid > 1 else side for axis, side in enumerate(sides, 2)}


def noises(card: ModelCard, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Pictures (1, 3, H, W) of noise in the range of the network: one to trace with, one of another size to try with."""
    generator = torch.Generator().manual_seed(seed)
    low, high = card.input_range
    unit = card.size_multiple * -(-card.smallest_side // (card.size_multiple * min(map(min, _SIZES))))
    traced, tried = (
        torch.rand(1, 3, *(unit * side for side in size), generator=generator) * (high - low) + low for size in _SIZES
    )
    return traced, tried


def picture(card: ModelCard, values: tuple[Tensor, Tensor], multiple: int | None = None) -> Port:
    """The picture that a graph takes, of sides that are multiples of the card's, or of another."""
    low, high = card.input_range
    free = cells("", card.size_multiple if multiple is None else multiple)
    return Port(name="picture", meaning=f"RGB in [{low:g}, {high:g}]", traced=values[0], tried=values[1], free=free)
