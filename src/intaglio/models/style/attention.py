"""Attention between positions of features, as style transfer has it: softmax of plain products, no scale.

No N x M matrix is ever held, except for gradients: queries are taken some at a time, each with all of its keys, so memory is
linear in the positions. Logits and softmax are float32 whatever autocast says: they are large, the softmax is nearly one-hot.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.style.statistics import wide

# Logits held at a time: they stay inside the caches of a processor's cores.
_LOGITS = 1 << 20


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
