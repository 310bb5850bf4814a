"""`SteppedNetwork`: a style network whose transfer is no single affine map: attention, several scales, walks in between.

Such a network says what it does in steps, each a walk over feature maps: local functions, and layers between them. A local
function sees features at its own positions only, beside what is known of the whole content (means and deviations, second
moments) and of the style. Training runs a step over whole pictures and batches, the engine over tiles of a picture of any size;
both ask the same steps, so that they cannot differ.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor, nn

from intaglio.models.style.gram import second_moment
from intaglio.models.style.network import StyleNetwork
from intaglio.models.style.statistics import mean_and_std
from intaglio.models.style.vgg_codec import Encoder


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


class SteppedNetwork(StyleNetwork, ABC):
    """An encoder, and steps from its features to the picture.

    Args:
        encoder: to the deepest layer that steps read.

    """

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    @abstractmethod
    def steps(self) -> tuple[Step, ...]:
        """What is done, in order; the last one gives the picture."""

    def encoders(self) -> list[Encoder]:
        """The encoder."""
        return [self.encoder]

    def reads(self) -> tuple[FeatureMap, ...]:
        """All that steps read of the encoder, in order of depth."""
        made = {step.name for step in self.steps()}
        found = {one for step in self.steps() for local in step.locals() for one in local.reads if one.name not in made}
        return tuple(sorted(found))

    def maps(self, picture: Tensor) -> dict[FeatureMap, Tensor]:
        """What steps read of a picture (N, 3, H, W) in [0, 1]."""
        wanted = self.reads()
        layers = {one.name for one in wanted} | {layer_of(one.grid) for one in wanted}
        found = self.encoder.taps(picture, tuple(layers))
        return {one: sampled(found[one.name], found[layer_of(one.grid)]) for one in wanted}

    def stylized(self, content: Mapping[FeatureMap, Tensor], style: Mapping[FeatureMap, Tensor]) -> Tensor:
        """The picture (N, 3, H, W), not clamped, from what `maps` found of content and style; gradients flow."""
        known = _Whole(dict(content), style)
        features = torch.empty(0)
        for step in self.steps():
            for index, part in enumerate(step.parts):
                if isinstance(part, Local):
                    before = [features] if index else []
                    features = part.prepare(known)([*before, *(known.content[one] for one in part.reads)])
                else:
                    features = part(features)
            known.content[step.result] = features
        return features

    def forward(self, content: Tensor, style: Tensor, strength: float = 1.0) -> Tensor:
        """Stylize whole pictures in memory.

        Args:
            content: (N, 3, H, W) in [0, 1], sides multiples of the card's `size_multiple`.
            style: (N, 3, h, w) in [0, 1], any size the encoder accepts.
            strength: 0 gives the content, 1 the full style; pictures are blended, since the decoder knows no features but
                transferred ones.

        Returns:
            (N, 3, H, W), neither clamped nor rounded.

        """
        made = self.stylized(self.maps(content), self.maps(style))
        return made if strength == 1.0 else torch.lerp(content, made, strength)


class _Whole:
    """`Known` of whole pictures."""

    def __init__(self, content: dict[FeatureMap, Tensor], style: Mapping[FeatureMap, Tensor]) -> None:
        self.content, self._style = content, style

    def spread(self, of: FeatureMap) -> tuple[Tensor, Tensor]:
        mean, deviation = mean_and_std(self.content[of])
        return mean[..., None, None], deviation[..., None, None]

    def second(self, of: FeatureMap) -> Tensor:
        return second_moment(self.content[of])

    def whole(self, of: FeatureMap) -> Tensor:
        return self.content[of]

    def style(self, of: FeatureMap) -> Tensor:
        return self._style[of]


def layer_of(grid: int) -> str:
    """The first layer of VGG with so many pixels per cell."""
    return f"relu{grid.bit_length()}_1"


def sampled(features: Tensor, like: Tensor) -> Tensor:
    """Features (N, C, H, W) at the positions of a coarser grid, by its nearest neighbor to the upper left."""
    if features.shape[2:] == like.shape[2:]:
        return features
    rows, columns = (
        torch.arange(coarse, device=features.device) * fine // coarse
        for fine, coarse in zip(features.shape[2:], like.shape[2:], strict=True)
    )
    return features[:, :, rows[:, None], columns]
