"""Pruned weights without their zeros: a bit for each weight that may be, and the values of those that are kept."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from intaglio.pruning.mask import Mask


class Packed(NamedTuple):
    """A pruned tensor."""

    bits: Tensor
    """uint8, eight weights to a byte, the first in the highest bit."""
    kept: Tensor
    """The weights that are kept, in order."""
    shape: tuple[int, ...]

    def dense(self) -> Tensor:
        """With its zeros."""
        mask = Mask.unpacked({"": self.bits.cpu()}, {"": self.shape})[""].to(self.kept.device)
        return torch.zeros(self.shape, dtype=self.kept.dtype, device=self.kept.device).masked_scatter_(mask, self.kept)


class PackedConvolution(nn.Conv2d):
    """A convolution to run, not to train: its dense weights are made when somebody reads them, and not kept.

    Args:
        layer: that it stands for; its weight is not used, and may lie on the meta device.
        bits: as of `Packed`.
        kept: as of `Packed`.

    """

    bits: Tensor
    kept: Tensor

    def __init__(self, layer: nn.Conv2d, bits: Tensor, kept: Tensor) -> None:
        nn.Module.__init__(self)
        for name in (
            *("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "transposed", "output_padding"),
            *("groups", "padding_mode", "_reversed_padding_repeated_twice"),
        ):
            setattr(self, name, getattr(layer, name))
        self.register_buffer("bits", bits)
        self.register_buffer("kept", kept)
        self.bias = layer.bias

    @property
    def weight(self) -> Tensor:  # type: ignore[override]  # a parameter there, made anew here
        """(outputs, inputs, rows, columns), zeros included."""
        return Packed(self.bits, self.kept, (self.out_channels, self.in_channels // self.groups, *self.kernel_size)).dense()
