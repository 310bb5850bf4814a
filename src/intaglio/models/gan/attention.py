"""Self-attention between the positions of a map, added to it.

Zhang, Goodfellow, Metaxas & Odena, Self-Attention Generative Adversarial Networks, ICML 2019, section 3, as StudioGAN and the
authors' later code have it: keys and values are pooled to half the side, values have half of the channels.

Departures: none.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.gan.spectral import convolution


class Scale(nn.Module):
    """Maps times one number that is learned, zero at first."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, maps: Tensor) -> Tensor:
        """Maps of the same size."""
        return self.weight * maps


class SelfAttention(nn.Module):
    """Maps (N, C, h, w) of even sides to maps of the same size.

    Args:
        channels: C.
        spectral: whether convolutions have spectral normalization.

    """

    def __init__(self, channels: int, *, spectral: bool = False) -> None:
        super().__init__()
        compared, passed = max(1, channels // 8), max(1, channels // 2)
        self.query = convolution(channels, compared, 1, spectral=spectral, bias=False)
        self.key = convolution(channels, compared, 1, spectral=spectral, bias=False)
        self.value = convolution(channels, passed, 1, spectral=spectral, bias=False)
        self.out = convolution(passed, channels, 1, spectral=spectral, bias=False)
        self.scale = Scale()

    def forward(self, maps: Tensor) -> Tensor:
        """Each position with what it attends to."""
        query = self.query(maps).flatten(2)
        key, value = (F.max_pool2d(layer(maps), 2).flatten(2) for layer in (self.key, self.value))
        weights = torch.softmax(query.transpose(1, 2) @ key, dim=2)
        attended = (value @ weights.transpose(1, 2)).view(len(maps), -1, *maps.shape[2:])
        return cast(Tensor, maps + self.scale(self.out(attended)))
