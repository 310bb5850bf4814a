"""Translators: networks that make a picture of one kind of one of another, described layer by layer.

What a translator computes is a list of layers. `forward` runs them on whole pictures, in training and in memory; the engine
reads the same list and runs them on tiles. So both compute the same by construction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Normalization = nn.InstanceNorm2d | nn.BatchNorm2d


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A convolution, and what follows it: normalization, then activation, then what was kept is added."""

    name: str
    convolution: nn.Conv2d | nn.ConvTranspose2d
    enlarges: bool = False
    """Whether each pixel is repeated, twice as often per side, before the convolution."""
    norm: Normalization | None = None
    activation: Literal["relu", "tanh", "none"] = "none"
    opens: bool = False
    """Whether what it is given is kept, to be added later; one is kept at a time."""
    adds: bool = False
    """Whether what was kept is added to what it gives."""

    @property
    def counts(self) -> bool:
        """Whether the mean and the variance of its convolution's output are asked for, over the whole picture."""
        return self.norm is not None and self.norm.running_mean is None

    def __call__(self, maps: Tensor) -> Tensor:
        """Everything but the addition."""
        maps = functional.interpolate(maps, scale_factor=2.0, mode="nearest") if self.enlarges else maps
        made: Tensor = self.convolution(maps)
        made = made if self.norm is None else self.norm(made)
        return self.activated(made)

    def activated(self, maps: Tensor) -> Tensor:
        """Through the activation."""
        match self.activation:
            case "relu":
                return maps.relu()
            case "tanh":
                return maps.tanh()
            case "none":
                return maps

    def scaling(self, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """The normalization in evaluation as `scale * x + shift`.

        Args:
            mean: (C,) float64, of the convolution's output over the picture; looked at by layers that count only.
            variance: (C,) float64, of the positions there are (N, not N - 1).

        Returns:
            Scale and shift, (C,) float64.

        """
        norm = self.norm
        if norm is None:
            return torch.ones_like(mean), torch.zeros_like(mean)
        if not self.counts:
            assert norm.running_mean is not None
            assert norm.running_var is not None
            mean, variance = norm.running_mean.detach().to(mean), norm.running_var.detach().to(mean)
        scale = (variance + norm.eps).rsqrt()
        scale = scale if norm.weight is None else scale * norm.weight.detach().to(mean)
        shift = -mean * scale
        return scale, shift if norm.bias is None else shift + norm.bias.detach().to(mean)


class Translator(nn.Module):
    """Pictures (N, 3, H, W) in [-1, 1] to pictures of the same size that could be of another kind."""

    def layers(self) -> Sequence[Layer]:
        """What it computes, in order; what a network is made of."""
        raise NotImplementedError

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures of the other kind."""
        maps = kept = pictures
        for layer in self.layers():
            kept = maps if layer.opens else kept
            maps = layer(maps)
            maps = kept + maps if layer.adds else maps
        return maps
