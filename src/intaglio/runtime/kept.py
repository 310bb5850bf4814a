"""Convolutions known by the weights that are kept: a bit for each weight that may be, and the values of those that are."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from intaglio.runtime.operators import Taps


@dataclass(frozen=True)
class KeptTaps:
    """Like `Taps`, without the zeros; the dense weights are made when somebody asks for them, and not kept."""

    name: str
    shape: tuple[int, int, int, int]
    """Outputs, inputs, rows and columns of the kernel."""
    bits: Tensor
    """uint8, eight weights to a byte, the first in the highest bit."""
    values: Tensor
    """Of the kept weights, in order; float64."""
    bias: Tensor
    border: Literal["reflect", "zeros"] = "reflect"

    @classmethod
    def of(cls, taps: Taps) -> "KeptTaps":
        """The weights of a dense convolution that are not zero."""
        weight = taps.weight.numpy()
        # By numpy, in half of the time that torch takes to index with booleans.
        kept = weight != 0
        bits, values = torch.from_numpy(np.packbits(kept)), torch.from_numpy(weight[kept])
        outputs, inputs, rows, columns = weight.shape
        return cls(taps.name, (outputs, inputs, rows, columns), bits, values, taps.bias, taps.border)

    @property
    def kept(self) -> Tensor:
        """Booleans of the shape of the weights."""
        flags = np.unpackbits(self.bits.numpy(), count=int(np.prod(self.shape)))
        return torch.from_numpy(flags.astype(bool)).view(self.shape)

    @property
    def weight(self) -> Tensor:
        """All weights, zeros included, in float64."""
        return torch.zeros(self.shape, dtype=torch.float64).masked_scatter_(self.kept, self.values)

    @cached_property
    def density(self) -> float:
        """Share of the weights that is kept."""
        return self.values.numel() / int(np.prod(self.shape))

    def after(self, weight: Tensor, bias: Tensor) -> "Taps | KeptTaps":
        """The convolution of `weight @ x + bias`; a map of single channels scales what is kept, another fills the zeros."""
        if weight.shape[0] != weight.shape[1] or bool((weight - torch.diag(weight.diagonal())).any()):
            return self.dense().after(weight, bias)
        inputs = self.kept.nonzero()[:, 1]
        outputs = self.kept.nonzero()[:, 0]
        moved = torch.zeros_like(self.bias).index_add_(0, outputs, self.values * bias[inputs])
        return replace(self, values=self.values * weight.diagonal()[inputs], bias=self.bias + moved)

    def shifted(self, center: Tensor | None, next_center: Tensor | None) -> "Taps | KeptTaps":
        """As of `Taps`."""
        return self if center is None and next_center is None else self.dense().shifted(center, next_center)

    def dense(self) -> Taps:
        """The same with its zeros."""
        return Taps(self.name, self.weight, self.bias, self.border)
