"""The operators, few, each exact, each chosen because it does less work than what it replaces.

- A 1x1 convolution or an affine transfer in front of a 3x3 one folds into it: per-position maps commute with reflection
  padding.
- Nearest enlargement and a 3x3 convolution are one transposed 4x4 convolution of stride 2: each output sees 2x2 distinct
  inputs, so it costs 4 multiply-adds per weight in place of 9, and reflection after enlarging is replication before it.
- A 3x3 convolution to 3 channels wastes 13 of 16 vector lanes; as a 4x4 convolution of stride 2 it makes a 2x2 block of pixels,
  12 channels, at once. So does a 7x7 one as an 8x8 one.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from intaglio.runtime.operators import Operator, Taps, Target
from intaglio.runtime.reach import Reach

# Output channels are filled up to a multiple of this: 24 channels took five times as long as 32.
LANES = 16
# Taps of the 4-tap transposed kernel in terms of the 3-tap one: even outputs 2i see w0 x[i-1] + (w1 + w2) x[i], odd ones
# (w0 + w1) x[i] + w2 x[i+1].
_DOUBLING = torch.tensor([[0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]], dtype=torch.float64)


def convolution(taps: Taps, rectify: bool, target: Target, floor: Tensor | None = None) -> Operator:
    """A convolution of stride 1 and odd size, padded so that its output is as large as its input."""
    outputs, inputs, size, _ = taps.weight.shape
    lanes = -(-outputs // LANES) * LANES - outputs
    weight = target.place(F.pad(taps.weight, (0, 0, 0, 0, 0, 0, 0, lanes)))
    bias = F.pad(taps.bias, (0, lanes)).to(target.device, target.bias_dtype)
    return Operator(
        name=taps.name,
        reach=Reach("window", radius=size // 2) if size > 1 else Reach("point"),
        channels=inputs,
        outputs=outputs,
        run=lambda x, _height, _width: target.convolve(x, weight, bias)[:, :outputs],
        border=taps.border if size > 1 else "none",
        rectify=rectify,
        floor=floor,
        dtype=target.dtype,
        macs=inputs * (outputs + lanes) * size * size,
    )


def enlarging_convolution(taps: Taps, rectify: bool, target: Target, floor: Tensor | None = None) -> Operator:
    """Nearest enlargement by 2, then a 3x3 convolution with reflection padding, as one transposed convolution."""
    outputs, inputs = taps.weight.shape[:2]
    kernel = torch.einsum("ua,vb,oiab->iouv", _DOUBLING, _DOUBLING, taps.weight)
    weight, bias = target.place(kernel), taps.bias.to(target.device, target.bias_dtype)
    return Operator(
        name=taps.name,
        reach=Reach("double"),
        channels=inputs,
        outputs=outputs,
        run=lambda x, _height, _width: target.enlarge(x, weight, bias, 3),
        border="replicate",
        rectify=rectify,
        floor=floor,
        dtype=target.dtype,
        macs=inputs * outputs * 16,
    )


def pixel_pair_convolution(taps: Taps, rectify: bool, target: Target, floor: Tensor | None = None) -> Operator:
    """A convolution of odd size with reflection padding to few channels, computed for 2x2 pixels at once; even sides only."""
    outputs, inputs, size, _ = taps.weight.shape
    kernel = torch.zeros(2, 2, outputs, inputs, size + 1, size + 1, dtype=torch.float64)
    for row in range(2):
        for column in range(2):
            kernel[row, column, :, :, row : row + size, column : column + size] = taps.weight
    weight = target.place(kernel.reshape(4 * outputs, inputs, size + 1, size + 1))
    bias = taps.bias.repeat(4).to(target.device, target.bias_dtype)

    def run(x: Tensor, _height: int, _width: int) -> Tensor:
        blocks = target.convolve(x, weight, bias, stride=2).permute(0, 2, 3, 1)
        _, height, width, _ = blocks.shape
        rows = blocks.reshape(height, width, 2, 2 * outputs).transpose(1, 2)
        return rows.reshape(1, 2 * height, 2 * width, outputs).permute(0, 3, 1, 2)

    return Operator(
        name=taps.name,
        reach=Reach("pairs", radius=size // 2),
        channels=inputs,
        outputs=outputs,
        run=run,
        border="reflect",
        rectify=rectify,
        floor=floor,
        dtype=target.dtype,
        macs=inputs * outputs * (size + 1) ** 2,
    )


def pool(name: str, channels: int, ceil: bool, dtype: torch.dtype) -> Operator:
    """2x2 maximum, stride 2; an odd last row or column is there only if it counts."""

    def run(x: Tensor, height: int, width: int) -> Tensor:
        # Two strided maxima: the pooling kernel also writes indices, and took twelve times as long.
        x = x[:, :, : 2 * height, : 2 * width]
        if x.shape[2] < 2 * height:
            x = torch.cat([x, x[:, :, -1:]], 2)
        rows = torch.maximum(x[:, :, 0::2], x[:, :, 1::2])
        if rows.shape[3] < 2 * width:
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
        run=lambda x, _height, _width: x,
        border="none",
        rectify=False,
        dtype=torch.float32,
        macs=0,
    )
