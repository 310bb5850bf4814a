"""Attention between positions of features, as style transfer has it: softmax of plain products, no scale.

No N x M matrix is ever held, except for gradients: queries are taken some at a time, each with all of its keys, so memory is
linear in the positions. Logits and softmax are float32 whatever autocast says: they are large, the softmax is nearly one-hot.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.style.statistics import normalized, wide

# Logits held at a time: they stay inside the caches of a processor's cores.
_LOGITS = 1 << 20

Spread = tuple[Tensor, Tensor]
"""Mean and deviation of channels, (N, C, 1, 1) each."""


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """`V softmax(K^T Q)`, the softmax over the positions of the keys.

    Args:
        query: (N, C, h, w).
        key: (N, C, M).
        value: (N, D, M).

    Returns:
        (N, D, h, w), float32 or wider.

    """
    with torch.autocast(query.device.type, enabled=False):
        rows = wide(query).flatten(2).mT
        keys, values = wide(key), wide(value).mT
        if torch.is_grad_enabled() and (query.requires_grad or key.requires_grad or value.requires_grad):
            attended = F.softmax(rows @ keys, -1) @ values
        else:
            step = max(1, _LOGITS // (rows.shape[0] * keys.shape[2]))
            pieces = (rows[:, first : first + step] for first in range(0, rows.shape[1], step))
            attended = torch.cat([F.softmax(piece @ keys, -1) @ values for piece in pieces], 1)
        result: Tensor = attended.mT.reshape(len(rows), values.shape[2], *query.shape[2:])
    return result


def pointwise(inputs: int, outputs: int | None = None) -> nn.Conv2d:
    """A 1x1 convolution with a bias; as many outputs as inputs if left out."""
    return nn.Conv2d(inputs, inputs if outputs is None else outputs, 1)


class ResidualAttention(nn.Module):
    """Features attend to others and are added: `O = out(value(s) softmax(query(norm f)^T key(norm s))^T) + f`.

    Args:
        channels: of the features `f`, of the source `s` and of the result.

    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (pointwise(channels) for _ in range(4))

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
        channels = self.query.in_channels
        return 2 * channels**2 + 2 * channels * positions

    def held(self, positions: float) -> float:
        """Numbers in the keys and values of so many positions."""
        return 2 * self.query.in_channels * positions


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
