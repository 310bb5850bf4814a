"""Statistics of features that losses and metrics compare, differentiable, one row per picture.

Sources: mean and standard deviation, Huang & Belongie 2017, eq. 13.

Departures: variances are unbiased and 1e-5 is added under the root, as in the PyTorch port whose weights are in use.
"""

import torch
from torch import Tensor


def mean_and_std(features: Tensor, epsilon: float = 1e-5) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each channel.

    Args:
        features: (N, C, H, W), at least two positions.
        epsilon: added to the variance.

    Returns:
        Two tensors (N, C), float32 or wider.

    """
    exact = wide(features)
    mean = exact.mean((2, 3))
    # Twice over the features: several times faster than torch's variance over two axes.
    variance = (exact - mean[..., None, None]).square().sum((2, 3)) / (exact.shape[2] * exact.shape[3] - 1)
    return mean, (variance + epsilon).sqrt()


def normalized(features: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Features (N, C, H, W) with each channel of each picture at mean 0 and standard deviation 1."""
    mean, std = mean_and_std(features, epsilon)
    return (features - mean[..., None, None]) / std[..., None, None]


def restyled(content: Tensor, style: Tensor, epsilon: float = 1e-5) -> Tensor:
    """AdaIN of features: those of the content (N, C, H, W) with each channel's mean and standard deviation of the style's.

    Huang & Belongie 2017, eq. 8; for training, where each picture of a batch has its own style and gradients flow. The network
    itself solves the same map from mergeable moments.
    """
    mean, std = mean_and_std(style, epsilon)
    return normalized(content, epsilon) * std[..., None, None] + mean[..., None, None]


def wide(features: Tensor) -> Tensor:
    """At least float32: sums over thousands of positions need more than bfloat16 has."""
    return features.float() if features.dtype in (torch.bfloat16, torch.float16) else features
