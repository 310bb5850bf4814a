"""What a network is compiled to: operators, the weights they are made from, and where they run.

An operator's ReLU is applied by whoever copies its output next, so that it costs no pass over memory of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from intaglio.runtime.reach import Reach
from intaglio.runtime.runtime import Runtime


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One compiled layer.

    `run` takes the inputs [first_needed, have) of both axes (1, C, h, w), padded where they touch the picture's border, and how
    many rows and columns of output become ready; it gives these, before `rectify`.
    """

    name: str
    way: str = "torch"
    """How it is computed, for people: "torch", "winograd", "columns", "sparse" or "direct"."""
    reach: Reach
    channels: int
    """Of the input."""
    outputs: int
    """Channels of the output."""
    run: Callable[[Tensor, int, int], Tensor]
    write: Callable[[Tensor, Tensor, bool], None] | None = None
    """Does what `run` does straight into a float32 tensor, its rows anywhere, through the ReLU if told; some operators can."""
    border: Literal["reflect", "replicate", "zeros", "none"]
    """How rows and columns are added at the picture's border."""
    rectify: bool
    """Whether a ReLU follows."""
    floor: Tensor | None = None
    """What the ReLU clamps to where the output is shifted, (1, C, 1, 1); zero without."""
    dtype: torch.dtype
    """Of the input it wants."""
    macs: float
    """Multiply-adds per input position, as executed."""
    pooled: Callable[[bool], "Operator"] | None = None
    """The same and a 2x2 maximum of stride 2 in one go, an odd last row or column counting if told; some operators can."""


@dataclass(frozen=True)
class Taps:
    """A convolution of odd size in float64, while it is being folded."""

    name: str
    weight: Tensor
    """(outputs, inputs, k, k)."""
    bias: Tensor
    """(outputs,)."""
    border: Literal["reflect", "zeros"] = "reflect"
    """What lies outside of the picture."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Outputs, inputs, rows and columns of the kernel."""
        return tuple(self.weight.shape)

    @property
    def density(self) -> float:
        """Share of the weights that is not zero."""
        return float(self.weight.count_nonzero()) / max(1, self.weight.numel())

    def dense(self) -> "Taps":
        """Itself: zeros are there."""
        return self

    def after(self, weight: Tensor, bias: Tensor) -> "Taps":
        """The convolution of `weight @ x + bias`, as one convolution of x; `weight` is (inputs, inputs')."""
        folded = torch.einsum("oikl,ij->ojkl", self.weight, weight)
        return replace(self, weight=folded, bias=self.bias + torch.einsum("oikl,i->o", self.weight, bias))

    def shifted(self, center: Tensor | None, next_center: Tensor | None) -> "Taps":
        """The convolution of x as one of `x - center`, less `next_center`."""
        bias = self.bias
        if center is not None:
            bias = bias + torch.einsum("oikl,i->o", self.weight, center)
        return replace(self, bias=bias if next_center is None else bias - next_center)


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
    runtime: Runtime = "dense"
    """Whether pruned layers run by lists of what is kept: where that is faster, never, or wherever the kernels can."""

    def of(self, name: str) -> "Target":
        """The target of one layer."""
        return replace(self, dtype=torch.float32) if name in self.exact else self

    def place(self, weight: Tensor) -> Tensor:
        """A kernel in the layout that the device's convolutions are fastest in."""
        return weight.to(self.device, self.dtype).contiguous(memory_format=torch.channels_last)

    @property
    def bias_dtype(self) -> torch.dtype:
        """OneDNN adds a float32 bias to low precision products; shifted inputs make biases large."""
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

    def enlarge(self, x: Tensor, weight: Tensor, bias: Tensor, drop: int) -> Tensor:
        """A transposed convolution of stride 2 without the first and the last `drop` rows and columns."""
        if self._onednn:
            # The plain operator would want the bias in the type of the input.
            run = torch.ops.mkldnn._convolution_transpose_pointwise
            enlarged: Tensor = run(x, weight, bias, [drop, drop], [0, 0], [2, 2], [1, 1], 1, "none", [], "")
            return enlarged
        return F.conv_transpose2d(x, weight, bias, stride=2, padding=drop)
