"""What a stepped network is made of: feature maps, local functions of them, and the steps that walk over them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from torch import Tensor, nn


@dataclass(frozen=True, order=True)
class FeatureMap:
    """Features that steps read."""

    name: str
    """The encoder's layer ("relu4_1"), or the step that made them."""
    grid: int
    """Pixels per cell and axis. Where it is coarser than the layer, every cell is the layer's at its upper left corner."""


class Known(Protocol):
    """What a local function may know beside the features at its positions; tensors have a row for each picture of a batch."""

    def spread(self, of: FeatureMap) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation (variance + 1e-5 under the root) of the content's channels, (N, C, 1, 1) each."""
        ...

    def second(self, of: FeatureMap) -> Tensor:
        """Mean of `f f^T` over the content's positions, not centered, (N, C, C); of a step that counts "second"."""
        ...

    def whole(self, of: FeatureMap) -> Tensor:
        """The content's features at all positions, (N, C, H, W); costly, for a transfer that is quadratic by nature."""
        ...

    def style(self, of: FeatureMap) -> Tensor:
        """The style's features at all positions, (N, C, h, w); the grid as for the content."""
        ...


Apply = Callable[[Sequence[Tensor]], Tensor]
"""Features at some positions, (N, C, h, w) each, of grids whose sizes fit each other -> features (N, C', h', w')."""


@dataclass(frozen=True, kw_only=True)
class Local:
    """A function of single positions, for one content and one style."""

    reads: tuple[FeatureMap, ...]
    """What it takes; behind another part, what that gave comes first."""
    grid: int
    """Of what it gives."""
    channels: int
    """Of what it gives."""
    prepare: Callable[[Known], Apply]
    """What does not depend on the position is done once, here; with gradients, in training."""
    whole: tuple[FeatureMap, ...] = ()
    """What `prepare` asks for at all positions."""
    styled: bool = True
    """Whether it depends on the style: with several styles, what it gives is mixed, or chosen by region."""
    macs: Callable[[int, int], float] = lambda _content, _style: 0.0
    """(the content's pixels, the style's pixels) -> multiply-adds of one cell of what it gives."""
    held: Callable[[int, int], float] = lambda _content, _style: 0.0
    """(the content's pixels, the style's pixels) -> numbers that it keeps between positions."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A walk over the content, first part a `Local`; what it gives is named after it."""

    name: str
    parts: tuple[Local | nn.Sequential, ...]
    """Layers are 3x3 convolutions, ReLUs and enlargements, in evaluation as in training."""
    counts: Literal["nothing", "spread", "second"] = "nothing"
    """What later steps ask `Known` of its result."""
    kept: bool = False
    """Whether later steps read its result."""

    def locals(self) -> Iterator[Local]:
        """The parts that are local functions."""
        return (part for part in self.parts if isinstance(part, Local))

    @property
    def channels(self) -> int:
        """Of its result."""
        last = self.parts[-1]
        if isinstance(last, Local):
            return last.channels
        return [layer.out_channels for layer in last.modules() if isinstance(layer, nn.Conv2d)][-1]

    @property
    def result(self) -> FeatureMap:
        """What later steps call its result; of a step that ends in a local function or in layers that keep the grid."""
        return FeatureMap(self.name, list(self.locals())[-1].grid)
