"""The operators a network is compiled to: few, each exact, each chosen because it does less work than what it replaces.

- A 1x1 convolution or an affine transfer in front of a 3x3 one folds into it: per-position maps commute with reflection padding.
- Nearest enlargement and a 3x3 convolution are one transposed 4x4 convolution of stride 2: each output sees 2x2 distinct inputs,
  so it costs 4 multiply-adds per weight in place of 9, and reflection after enlarging is replication before it.
- A 3x3 convolution to 3 channels wastes 13 of 16 vector lanes; as a 4x4 convolution of stride 2 it makes a 2x2 block of pixels,
  12 channels, at once.

An operator's ReLU is applied by whoever copies its output next, so that it costs no pass over memory of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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
    floor: Tensor | None = None
    """What the ReLU clamps to where the output is shifted, (1, C, 1, 1); zero without."""
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

    def shifted(self, center: Tensor | None, next_center: Tensor | None) -> "Taps":
        """This convolution of `x - center`, less `next_center`."""
        bias = self.bias
        if center is not None:
            bias = bias + torch.einsum("oikl,i->o", self.weight, center)
        return Taps(self.name, self.weight, bias if next_center is None else bias - next_center)


@dataclass(frozen=True)
class Target:
    """Where and how operators run."""

    device: torch.device
    dtype: torch.dtype = torch.float32
    exact: frozenset[str] = frozenset()
    """Layers that stay in float32 whatever `dtype`."""
    centers: Mapping[str, Tensor] = field(default_factory=dict)
    """For layers in low precision, what is subtracted from each input channel before rounding, (C,) float64.

    Rounding is relative to the value, so a channel is best rounded around its mean. Nothing changes in exact arithmetic: the
    constants move into the biases.
    """

    def of(self, name: str) -> "Target":
        """The target of one layer."""
        return replace(self, dtype=torch.float32) if name in self.exact else self

    def place(self, weight: Tensor) -> Tensor:
        """A kernel in the layout that the device's convolutions are fastest in."""
        return weight.to(self.device, self.dtype).contiguous(memory_format=torch.channels_last)

    @property
    def bias_dtype(self) -> torch.dtype:
        """oneDNN adds a float32 bias to low precision products; shifted inputs make biases large."""
        return torch.float32 if self._onednn else self.dtype

    @property
    def _onednn(self) -> bool:
        return self.device.type == "cpu" and bool(torch._C._has_mkldnn)

    def convolve(self, x: Tensor, weight: Tensor, bias: Tensor, stride: int = 1) -> Tensor:
        """A convolution without padding.

        `F.conv2d` changes to another kernel for small inputs, which rounds differently, and whitening enlarges a difference
        of one unit in the last place to 1e-4. oneDNN asked directly gives the same bits for every size of tile.
        """
        if self._onednn:
            return torch.mkldnn_convolution(x, weight, bias, [0, 0], [stride, stride], [1, 1], 1)
        return F.conv2d(x, weight, bias, stride=stride)

    def enlarge(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """A transposed 4x4 convolution of stride 2 that drops what depends on less than 2x2 inputs."""
        if self._onednn:
            # The plain operator would want the bias in the type of the input.
            run = torch.ops.mkldnn._convolution_transpose_pointwise
            enlarged: Tensor = run(x, weight, bias, [3, 3], [0, 0], [2, 2], [1, 1], 1, "none", [], "")
            return enlarged
        return F.conv_transpose2d(x, weight, bias, stride=2, padding=3)


def convolution(taps: Taps, rectify: bool, target: Target, floor: Tensor | None = None) -> Operator:
    """A 3x3 convolution of stride 1 with reflection padding, or a 1x1 one."""
    outputs, inputs, size, _ = taps.weight.shape
    lanes = -(-outputs // LANES) * LANES - outputs
    weight = target.place(F.pad(taps.weight, (0, 0, 0, 0, 0, 0, 0, lanes)))
    bias = F.pad(taps.bias, (0, lanes)).to(target.device, target.bias_dtype)
    return Operator(
        name=taps.name,
        reach=Reach("window" if size == 3 else "point"),
        channels=inputs,
        outputs=outputs,
        run=lambda x: target.convolve(x, weight, bias)[:, :outputs],
        border="reflect" if size == 3 else "none",
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
        run=lambda x: target.enlarge(x, weight, bias),
        border="replicate",
        rectify=rectify,
        floor=floor,
        dtype=target.dtype,
        macs=inputs * outputs * 16,
    )


def pixel_pair_convolution(taps: Taps, rectify: bool, target: Target, floor: Tensor | None = None) -> Operator:
    """A 3x3 convolution with reflection padding to few channels, computed for 2x2 pixels at once; even sides only."""
    outputs, inputs = taps.weight.shape[:2]
    kernel = torch.zeros(2, 2, outputs, inputs, 4, 4, dtype=torch.float64)
    for row in range(2):
        for column in range(2):
            kernel[row, column, :, :, row : row + 3, column : column + 3] = taps.weight
    weight = target.place(kernel.reshape(4 * outputs, inputs, 4, 4))
    bias = taps.bias.repeat(4).to(target.device, target.bias_dtype)

    def run(x: Tensor) -> Tensor:
        blocks = target.convolve(x, weight, bias, stride=2).permute(0, 2, 3, 1)
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
        floor=floor,
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
