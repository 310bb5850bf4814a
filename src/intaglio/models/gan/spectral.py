"""Spectral normalization: weights are divided by an estimate of their largest singular value whenever they are used.

Miyato, Kataoka, Koyama & Yoshida, Spectral Normalization for Generative Adversarial Networks, ICLR 2018, eq. 6 and algorithm 1.
What is learned, pruned and saved as `weight` is the weight before the division; the vectors `u` and `v`, which the estimate
`u W v` is made with, are saved with it. Each forward pass in training improves them by one step of power iteration; in
evaluation they stay.

Departures:
- A weight that is zero altogether, as pruning may leave it, stays zero, where a division by its norm would give no number.
"""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_SMALLEST = 1e-12
# Of power iteration for vectors that know nothing of their weight.
_STEPS = 5


class SpectralNorm(nn.Module):
    """What layers with spectral normalization share; mixed into a layer whose weight has outputs first."""

    weight: Tensor
    u: Tensor
    """(outputs,), of length 1."""
    v: Tensor
    """(inputs times positions of the kernel,), of length 1."""

    def divided(self) -> Tensor:
        """The weight over its norm; in training the vectors move first."""
        if self.training:
            self.iterate_()
        # Copies: a second forward pass moves the vectors before the gradient of the first is known.
        u, v = self.u.clone(), self.v.clone()
        # Sums of products in 16 bits would be too rough.
        with torch.autocast(self.weight.device.type, enabled=False):
            norm = torch.dot(u, torch.mv(self.weight.flatten(1), v))
            # A weight that was pruned away altogether stays zero.
            return self.weight / norm.where(norm != 0, 1.0)

    @torch.no_grad()
    def iterate_(self, steps: int = 1) -> None:
        """Move the vectors by steps of power iteration."""
        matrix = self.weight.flatten(1)
        with torch.autocast(self.weight.device.type, enabled=False):
            for _ in range(steps):
                self.v.copy_(_turned(self.v, torch.mv(matrix.t(), self.u)))
                self.u.copy_(_turned(self.u, torch.mv(matrix, self.v)))

    def find_vectors_(self) -> None:
        """Begin with vectors that fit the weight, whatever they were; for a weight that was drawn anew."""
        self.iterate_(_STEPS)

    def _begin_(self) -> None:
        outputs, others = self.weight.flatten(1).shape
        self.register_buffer("u", torch.randn(outputs))
        self.register_buffer("v", torch.randn(others))
        # A layer that is built for its shapes alone has no values.
        if not self.weight.is_meta:
            self.u, self.v = (F.normalize(one, dim=0) for one in (self.u, self.v))
            self.find_vectors_()


def _turned(vector: Tensor, direction: Tensor) -> Tensor:
    """A vector of length 1 in a direction; the one before where there is none."""
    length = direction.norm()
    return torch.where(length > _SMALLEST, direction / length.clamp_min(_SMALLEST), vector)


class SpectralConv2d(SpectralNorm, nn.Conv2d):
    """A convolution whose weight is divided by its norm."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._begin_()

    def forward(self, maps: Tensor) -> Tensor:
        """Maps of another number of channels."""
        return cast(Tensor, self._conv_forward(maps, self.divided(), self.bias))


class SpectralLinear(SpectralNorm, nn.Linear):
    """A linear layer whose weight is divided by its norm."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._begin_()

    def forward(self, values: Tensor) -> Tensor:
        """(N, outputs)."""
        return F.linear(values, self.divided(), self.bias)


def convolution(inputs: int, outputs: int, kernel: int = 3, *, spectral: bool = False, bias: bool = True) -> nn.Conv2d:
    """A convolution of odd kernel that keeps the size of maps, with spectral normalization or without."""
    kind = SpectralConv2d if spectral else nn.Conv2d
    return kind(inputs, outputs, kernel, padding=kernel // 2, bias=bias)


def linear(inputs: int, outputs: int, *, spectral: bool = False, bias: bool = True) -> nn.Linear:
    """A linear layer, with spectral normalization or without."""
    return (SpectralLinear if spectral else nn.Linear)(inputs, outputs, bias=bias)
