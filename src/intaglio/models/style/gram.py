"""Gram matrices of features, differentiable, one per picture.

Gatys, Ecker & Bethge, Image Style Transfer Using Convolutional Neural Networks, CVPR 2016, eq. 3; divided by C H W, as in the
code of Wang et al. 2020.
"""

import torch
from torch import Tensor, nn

from intaglio.models.style.statistics import wide


def gram(features: Tensor) -> Tensor:
    """Gram matrices `F F^T / (C H W)`, (N, C, C), float32 or wider, of features (N, C, H, W)."""
    rows = wide(features).flatten(2)
    return rows @ rows.mT / (rows.shape[1] * rows.shape[2])


def lifted_gram(features: Tensor, head: nn.Conv2d) -> Tensor:
    """`gram(head(features))` for a 1x1 convolution `x -> W x + b`, without the lifted features.

    With `R` the mean of `f f^T` over positions and `m` that of `f`, it is
    `(W R W^T + W m b^T + b m^T W^T + b b^T) / C`, C the channels lifted to.
    """
    weight, bias = head.weight.flatten(1), head.bias
    assert bias is not None
    second = features.shape[1] * gram(features)
    crossed = (weight @ features.mean((2, 3)).to(second.dtype).mT).mT[:, :, None] * bias
    lifted: Tensor = (weight @ second @ weight.mT + crossed + crossed.mT + torch.outer(bias, bias)) / len(bias)
    return lifted
