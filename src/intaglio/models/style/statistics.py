"""Statistics of features that losses and metrics compare, differentiable, one row per picture.

Sources: mean and standard deviation, Huang & Belongie 2017, eq. 13; Gram matrix, Gatys et al. 2016, eq. 3.

Departures: variances are unbiased and 1e-5 is added under the root, as in the PyTorch port whose weights are in use.
"""

import torch
from torch import Tensor, nn


def mean_and_std(features: Tensor, epsilon: float = 1e-5) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each channel.

    Args:
        features: (N, C, H, W), at least two positions.
        epsilon: added to the variance.

    Returns:
        Two tensors (N, C), float32 or wider.

    """
    variance, mean = torch.var_mean(_wide(features), dim=(2, 3))
    return mean, (variance + epsilon).sqrt()


def normalized(features: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Features (N, C, H, W) with each channel of each picture at mean 0 and standard deviation 1."""
    mean, std = mean_and_std(features, epsilon)
    return (features - mean[..., None, None]) / std[..., None, None]


def gram(features: Tensor) -> Tensor:
    """Gram matrices `F F^T / (C H W)`, (N, C, C), float32 or wider, of features (N, C, H, W)."""
    rows = _wide(features).flatten(2)
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


def _wide(features: Tensor) -> Tensor:
    """At least float32: sums over thousands of positions need more than bfloat16 has."""
    return features.float() if features.dtype in (torch.bfloat16, torch.float16) else features
