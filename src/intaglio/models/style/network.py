"""What every style network is, and the plainest kind: a cascade of stages, each encoder -> transfer -> decoder.

Nothing here knows tiles: `forward` runs the whole picture at once, as training does and as the papers' codes do. The engine
runs the same stages over pictures of any size; both ask `solve` for the transfer, so that they cannot differ. Networks whose
transfer is more than an affine map are in `stepped.py`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from intaglio.models.style.affine import Affine
from intaglio.models.style.moments import Moments
from intaglio.models.style.vgg_codec import CodecConfig, Decoder, Encoder


class Transfer(Protocol):
    """A transfer that is affine once the statistics of content and style are known."""

    full_covariance: bool
    """Whether it needs the C x C covariance, or the variances only."""

    def solve(self, content: Moments, style: Moments) -> Affine:
        """The map from content features to stylized ones, at full strength; pure, float64."""
        ...


class Stage(nn.Module):
    """One encoder and the decoder that mirrors it, with the transfer between them."""

    def __init__(self, config: CodecConfig, transfer: Transfer) -> None:
        super().__init__()
        self.config, self.transfer = config, transfer
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)

    def moments(self, device: torch.device | str = "cpu") -> Moments:
        """Empty statistics for features of this stage."""
        return Moments(self.config.channels, full=self.transfer.full_covariance, device=device)

    def solve(self, content: Moments, styles: Sequence[Moments], weights: Sequence[float], strength: float) -> Affine:
        """The whole transfer as one map: several styles mixed in feature space, blended with the content."""
        maps = [self.transfer.solve(content, style) for style in styles]
        return Affine.mixed(maps, weights).blended(strength)


class StyleNetwork(nn.Module, ABC):
    """Content and style to a stylized picture."""

    @abstractmethod
    def forward(self, content: Tensor, style: Tensor, strength: float = 1.0) -> Tensor:
        """Stylize whole pictures in memory, (N, 3, H, W) in [0, 1]; sides of the content fit the card's `size_multiple`."""

    @abstractmethod
    def encoders(self) -> list[Encoder]:
        """Its encoders."""


class Cascade(StyleNetwork):
    """A cascade of stages, run from the first to the last; each takes the picture that the one before it decoded.

    Args:
        stages: in the order in which they run.

    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)

    def cascade(self) -> list[Stage]:
        """The stages, typed."""
        return [stage for stage in self.stages if isinstance(stage, Stage)]

    def encoders(self) -> list[Encoder]:
        """Of the stages."""
        return [stage.encoder for stage in self.cascade()]

    def forward(self, content: Tensor, style: Tensor, strength: float = 1.0) -> Tensor:
        """Stylize whole pictures in memory.

        Args:
            content: (1, 3, H, W) in [0, 1], sides multiples of the card's `size_multiple`.
            style: (1, 3, h, w) in [0, 1], any size the encoders accept.
            strength: 0 reconstructs the content, 1 is the full style; applied at every stage.

        Returns:
            (1, 3, H, W), neither clamped nor rounded, also not between stages.

        """
        picture = content
        for stage in self.cascade():
            features, reference = stage.encoder(picture), stage.encoder(style)
            of_content, of_style = stage.moments(content.device), stage.moments(content.device)
            of_content.add(features)
            of_style.add(reference)
            affine = stage.solve(of_content, [of_style], [1.0], strength)
            picture = stage.decoder(affine(features))
        return picture
