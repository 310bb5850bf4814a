"""The operators a network is compiled to: few, each exact, each chosen because it does less work than what it replaces.

- A 1x1 convolution or an affine transfer in front of a 3x3 one folds into it: per-position maps commute with reflection padding.
- Nearest enlargement and a 3x3 convolution are one transposed 4x4 convolution of stride 2: each output sees 2x2 distinct inputs,
  so it costs 4 multiply-adds per weight in place of 9, and reflection after enlarging is replication before it.
- A 3x3 convolution to 3 channels wastes 13 of 16 vector lanes; as a 4x4 convolution of stride 2 it makes a 2x2 block of pixels,
  12 channels, at once.

An operator's ReLU is applied by whoever copies its output next, so that it costs no pass over memory of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from intaglio.runtime.reach import Reach

# Output channels are filled up to a multiple of this: 24 channels took five times as long as 32.
LANES = 16
# Taps of the 4-tap transposed kernel in terms of the 3-tap one: even outputs 2i see w0 x[i-1] + (w1 + w2) x[i], odd ones
# (w0 + w1) x[i] + w2 x[i+1].
_DOUBLING = torch.tensor([[0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]], dtype=torch.float64)


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One compiled layer.

    `run` takes the inputs [first_needed, have) of both axes (1, C, h, w), padded where they touch the picture's border, and gives
    the outputs that become ready, before `rectify`.
    """

    name: str
    reach: Reach
    channels: int
    """Of the input."""
    outputs: int
    """Channels of the output."""
    run: Callable[[Tensor], Tensor]
    border: Literal["reflect", "replicate", "none"]
    """How one row or column is added at the picture's border."""
    rectify: bool
    """Whether a ReLU follows."""
    dtype: torch.dtype
    """Of the input it wants."""
    macs: float
    """Multiply-adds per input position, as executed."""


@dataclass(frozen=True)
class Taps:
    """A 3x3 (or 1x1) convolution in float64, while it is being folded."""

    name: str
    weight: Tensor
    """(outputs, inputs, k, k)."""
    bias: Tensor
    """(outputs,)."""

    def after(self, weight: Tensor, bias: Tensor) -> "Taps":
        """This convolution of `weight @ x + bias`, as one convolution of x; `weight` is (inputs, inputs')."""
        folded = torch.einsum("oikl,ij->ojkl", self.weight, weight)
        return Taps(self.name, folded, self.bias + torch.einsum("oikl,i->o", self.weight, bias))


@dataclass(frozen=True)
class Target:
    """Where and how operators run."""

    device: torch.device
    dtype: torch.dtype = torch.float32

    def place(self, weight: Tensor) -> Tensor:
        """A kernel in the layout that the device's convolutions are fastest in."""
        return weight.to(self.device, self.dtype).contiguous(memory_format=torch.channels_last)

    def convolve(self, x: Tensor, weight: Tensor, bias: Tensor, stride: int) -> Tensor:
        """A convolution without padding.

        `F.conv2d` changes to another kernel for small inputs, which rounds differently, and whitening enlarges a difference of one
        unit in the last place to 1e-4. oneDNN asked directly gives the same bits for every size of tile.
        """
        if self.device.type == "cpu" and torch._C._has_mkldnn:
            return torch.mkldnn_convolution(x, weight, bias, [0, 0], [stride, stride], [1, 1], 1)
        return F.conv2d(x, weight, bias, stride=stride)


def convolution(taps: Taps, rectify: bool, target: Target) -> Operator:
    """A 3x3 convolution of stride 1 with reflection padding, or a 1x1 one."""
    outputs, inputs, size, _ = taps.weight.shape
    lanes = -(-outputs // LANES) * LANES - outputs
    weight = target.place(F.pad(taps.weight, (0, 0, 0, 0, 0, 0, 0, lanes)))
    bias = F.pad(taps.bias, (0, lanes)).to(target.device, target.dtype)
    return Operator(
        name=taps.name,
        reach=Reach("window" if size == 3 else "point"),
        channels=inputs,
        outputs=outputs,
        run=lambda x: target.convolve(x, weight, bias, 1)[:, :outputs],
        border="reflect" if size == 3 else "none",
        rectify=rectify,
        dtype=target.dtype,
        macs=inputs * (outputs + lanes) * size * size,
    )


def enlarging_convolution(taps: Taps, rectify: bool, target: Target) -> Operator:
    """Nearest enlargement by 2, then a 3x3 convolution with reflection padding, as one transposed convolution."""
    outputs, inputs = taps.weight.shape[:2]
    kernel = torch.einsum("ua,vb,oiab->iouv", _DOUBLING, _DOUBLING, taps.weight)
    weight, bias = target.place(kernel), taps.bias.to(target.device, target.dtype)
    return Operator(
        name=taps.name,
        reach=Reach("double"),
        channels=inputs,
        outputs=outputs,
        run=lambda x: F.conv_transpose2d(x, weight, bias, stride=2, padding=3),
        border="replicate",
        rectify=rectify,
        dtype=target.dtype,
        macs=inputs * outputs * 16,
    )


def pixel_pair_convolution(taps: Taps, rectify: bool, target: Target) -> Operator:
    """A 3x3 convolution with reflection padding to few channels, computed for 2x2 pixels at once; even sides only."""
    outputs, inputs = taps.weight.shape[:2]
    kernel = torch.zeros(2, 2, outputs, inputs, 4, 4, dtype=torch.float64)
    for row in range(2):
        for column in range(2):
            kernel[row, column, :, :, row : row + 3, column : column + 3] = taps.weight
    weight = target.place(kernel.reshape(4 * outputs, inputs, 4, 4))
    bias = taps.bias.repeat(4).to(target.device, target.dtype)

    def run(x: Tensor) -> Tensor:
        blocks = target.convolve(x, weight, bias, 2).permute(0, 2, 3, 1)
        _, height, width, _ = blocks.shape
        rows = blocks.reshape(height, width, 2, 2 * outputs).transpose(1, 2)
        return rows.reshape(1, 2 * height, 2 * width, outputs).permute(0, 3, 1, 2)

    return Operator(
        name=taps.name,
        reach=Reach("pairs"),
        channels=inputs,
        outputs=outputs,
        run=run,
        border="reflect",
        rectify=rectify,
        dtype=target.dtype,
        macs=inputs * outputs * 16,
    )


def pool(name: str, channels: int, ceil: bool, dtype: torch.dtype) -> Operator:
    """2x2 maximum, stride 2; an odd last row or column is there only if it counts."""

    def run(x: Tensor) -> Tensor:
        # Two strided maxima: the pooling kernel also writes indices, and took twelve times as long.
        if x.shape[2] % 2:
            x = torch.cat([x, x[:, :, -1:]], 2)
        rows = torch.maximum(x[:, :, 0::2], x[:, :, 1::2])
        if rows.shape[3] % 2:
            rows = torch.cat([rows, rows[..., -1:]], 3)
        return torch.maximum(rows[..., 0::2], rows[..., 1::2])

    return Operator(
        name=name,
        reach=Reach("halve", ceil=ceil),
        channels=channels,
        outputs=channels,
        run=run,
        border="none",
        rectify=False,
        dtype=dtype,
        macs=0,
    )


def identity(channels: int) -> Operator:
    """What goes in comes out; it gives a stream a place in a chain of streams."""
    return Operator(
        name="identity",
        reach=Reach("point"),
        channels=channels,
        outputs=channels,
        run=lambda x: x,
        border="none",
        rectify=False,
        dtype=torch.float32,
        macs=0,
    )
