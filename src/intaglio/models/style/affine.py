"""`Affine`: a transfer that has collapsed to one linear map per position.

Whitening and coloring, AdaIN, their blend with the content and the mixture of several styles are all of the form
`f -> M f + b` (Li et al. 2017, section 3; Huang & Belongie 2017, eq. 8), so each becomes one 1x1 convolution.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Affine:
    """`f -> weight @ f + bias` at every position; float64."""

    weight: Tensor
    """(C, C)."""
    bias: Tensor
    """(C,)."""

    def __call__(self, features: Tensor) -> Tensor:
        """Features (N, C, H, W) to the same shape and dtype."""
        weight = self.weight.to(features.dtype)[:, :, None, None]
        return F.conv2d(features, weight, self.bias.to(features.dtype))

    def blended(self, strength: float) -> "Affine":
        """`strength` of this map, the rest identity: alpha f_cs + (1 - alpha) f_c."""
        identity = torch.eye(len(self.bias), dtype=self.weight.dtype, device=self.weight.device)
        return Affine(strength * self.weight + (1 - strength) * identity, strength * self.bias)

    @staticmethod
    def mixed(maps: "Sequence[Affine]", weights: Sequence[float]) -> "Affine":
        """The weighted mean of maps: mixing styles in feature space. `weights` sum to 1."""
        pairs = list(zip(weights, maps, strict=True))
        weight = torch.stack([share * one.weight for share, one in pairs]).sum(0)
        bias = torch.stack([share * one.bias for share, one in pairs]).sum(0)
        return Affine(weight, bias)
