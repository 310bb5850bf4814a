"""Attention between positions of features, as style transfer has it: softmax of plain products, no scale.

Departures of the formulation, not of the result: no N x M matrix is ever held, except for gradients. Queries and keys are taken
in blocks, with the largest logit so far and the sum of the exponentials carried along (Milakov & Gimelshein, Online normalizer
calculation for softmax, 2018), so memory is linear in the positions and the pace does not depend on their number. Logits and
softmax are float32 whatever autocast says: they are large, the softmax is nearly one-hot.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.style.statistics import normalized, wide

# Queries and keys whose logits are held at a time: large enough for products at full pace, small enough for the caches.
_QUERIES, _KEYS = 1024, 1024
# Of exponents to powers of two, which take a processor a third of the time of those of e.
_LOG2_E = math.log2(math.e)

Spread = tuple[Tensor, Tensor]
"""Mean and deviation of channels, (N, C, 1, 1) each."""


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """`V softmax(K^T Q)`, the softmax over the positions of the keys.

    Args:
        query: (N, C, h, w).
        key: (N, C, M).
        value: (N, D, M).

    Returns:
        (N, D, h, w), float32 or wider. Beside it, memory for N blocks of 1024 x 1024 logits; where gradients are asked for, for
        all h w M of them.

    """
    with torch.autocast(query.device.type, enabled=False):
        rows, keys, values = wide(query).flatten(2).mT, wide(key), wide(value).mT
        gradients = torch.is_grad_enabled() and (rows.requires_grad or keys.requires_grad or values.requires_grad)
        # A graph for another runtime has no loop over blocks whose number is not known.
        if gradients or torch.compiler.is_exporting():
            attended = F.softmax(rows @ keys, -1) @ values
        else:
            attended = values.new_empty((*rows.shape[:2], values.shape[2]))
            for some, theirs in zip(torch.split(rows, _QUERIES, 1), torch.split(attended, _QUERIES, 1), strict=True):
                theirs.copy_(_attended(some, keys, values))
        result: Tensor = attended.mT.reshape(len(rows), values.shape[2], *query.shape[2:])
    return result


def _attended(rows: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """For queries (N, n, C), keys (N, C, M) and values (N, M, D): (N, n, D), keys block by block."""
    largest = rows.new_full((*rows.shape[:2], 1), -torch.inf)
    total, weighted = torch.zeros_like(largest), rows.new_zeros((*rows.shape[:2], values.shape[2]))
    # One place for all blocks: fresh memory costs a tenth of the pace.
    place = rows.new_empty((*rows.shape[:2], min(_KEYS, keys.shape[2])))
    for some_keys, some_values in zip(torch.split(keys, _KEYS, 2), torch.split(values, _KEYS, 1), strict=True):
        logits = torch.bmm(rows, some_keys, out=place[..., : some_keys.shape[2]])
        raised = torch.maximum(largest, logits.amax(-1, keepdim=True))
        shares, shrink = (one.sub_(raised).mul_(_LOG2_E).exp2_() for one in (logits, largest))
        total.mul_(shrink).add_(shares.sum(-1, keepdim=True))
        weighted = torch.baddbmm(weighted.mul_(shrink), shares, some_values)
        largest = raised
    return weighted.div_(total)


def pointwise(inputs: int, outputs: int | None = None) -> nn.Conv2d:
    """A 1x1 convolution with a bias; as many outputs as inputs if left out."""
    return nn.Conv2d(inputs, inputs if outputs is None else outputs, 1)


class ResidualAttention(nn.Module):
    """Features attend to others and are added: `O = out(value(s) softmax(query(norm f)^T key(norm s))^T) + f`.

    Args:
        channels: of the features `f`, of the source `s` and of the result.
        compared: of queries and keys; as many if None.
        passed: of values; as many if None.

    """

    def __init__(self, channels: int, compared: int | None = None, passed: int | None = None) -> None:
        super().__init__()
        self.query, self.key = pointwise(channels, compared), pointwise(channels, compared)
        self.value = pointwise(channels, passed)
        self.out = pointwise(self.value.out_channels, channels)

    def prepare(self, spread: Spread, source: Tensor, of_source: Spread | None = None) -> "Attending":
        """What does not depend on the position.

        Args:
            spread: of the features that attend.
            source: what they attend to, (N, C, h, w).
            of_source: what the source is normalized by, where that is not its own mean and deviation.

        """
        ready = normalized(source) if of_source is None else (source - of_source[0]) / of_source[1]
        return Attending(self, spread, self.key(ready).flatten(2), self.value(source).flatten(2))

    def macs(self, positions: float) -> float:
        """Multiply-adds of one position that attends to so many; without those of keys and values."""
        channels, inner = self.query.in_channels, self.query.out_channels + self.value.out_channels
        return inner * channels + inner * positions

    def made(self, positions: float) -> float:
        """Multiply-adds of the keys and values of so many positions."""
        return self.query.in_channels * (self.query.out_channels + self.value.out_channels) * positions

    def held(self, positions: float) -> float:
        """Numbers in the keys and values of so many positions."""
        return (self.query.out_channels + self.value.out_channels) * positions


class Attending:
    """A `ResidualAttention` that knows the statistics of its features and what they attend to."""

    def __init__(self, unit: ResidualAttention, spread: Spread, key: Tensor, value: Tensor) -> None:
        self.unit, self.key, self.value = unit, key, value
        self.mean, self.deviation = spread

    def __call__(self, features: Tensor) -> Tensor:
        """Features (N, C, h, w) at any positions."""
        query = self.unit.query((features - self.mean) / self.deviation)
        result: Tensor = self.unit.out(attend(query, self.key, self.value)) + features
        return result
