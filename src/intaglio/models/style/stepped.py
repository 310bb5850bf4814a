"""`SteppedNetwork`: a style network whose transfer is no single affine map: attention, several scales, walks in between.

Such a network says what it does in steps, each a walk over feature maps: local functions, and layers between them. A local
function sees features at its own positions only, beside what is known of the whole content (means and deviations, second
moments) and of the style. Training runs a step over whole pictures and batches, the engine over tiles of a picture of any size;
both ask the same steps, so that they cannot differ.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch
from torch import Tensor

from intaglio.models.style.gram import second_moment
from intaglio.models.style.network import StyleNetwork
from intaglio.models.style.statistics import mean_and_std
from intaglio.models.style.steps import FeatureMap, Known, Local, Step
from intaglio.models.style.vgg_codec import Encoder


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
        known = Whole(dict(content), style)
        for step in self.steps():
            known.content[step.result] = features = done(step, known.content, known)
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


def done(step: Step, content: Mapping[FeatureMap, Tensor], known: Known) -> Tensor:
    """What a step gives, (N, C, h, w), at all positions of the features that it reads."""
    features = torch.empty(0)
    for index, part in enumerate(step.parts):
        if isinstance(part, Local):
            before = [features] if index else []
            features = part.prepare(known)([*before, *(content[one] for one in part.reads)])
        else:
            features = part(features)
    return features


class Whole:
    """`Known` of whole pictures: features of the content, to which those that steps give are added, and of the style."""

    def __init__(self, content: dict[FeatureMap, Tensor], style: Mapping[FeatureMap, Tensor]) -> None:
        self.content, self._style = content, style

    def spread(self, of: FeatureMap) -> tuple[Tensor, Tensor]:
        """Of all positions there are."""
        mean, deviation = mean_and_std(self.content[of])
        return mean[..., None, None], deviation[..., None, None]

    def second(self, of: FeatureMap) -> Tensor:
        """Of all positions there are."""
        return second_moment(self.content[of])

    def whole(self, of: FeatureMap) -> Tensor:
        """The features as they are."""
        return self.content[of]

    def style(self, of: FeatureMap) -> Tensor:
        """The style's features as they are."""
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
