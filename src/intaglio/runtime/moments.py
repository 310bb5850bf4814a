"""Counting features into moments, by our own kernel where it is there."""

import torch
from torch import Tensor

from intaglio.models.style.moments import Moments
from intaglio.runtime.kernels import kernel

_LANES = 8


def count_features(moments: Moments, features: Tensor) -> None:
    """`moments.add(features)` for features (1, C, H, W), in half the time: no copy in float64, and half the products."""
    count = kernel("intaglio_moments", "pssipp")
    _, channels, height, width = features.shape
    stride = features.stride(3)
    dense = features.stride(1) == 1 and features.stride(2) == width * stride
    fits = moments.full and channels % _LANES == 0 and features.dtype == torch.float32 and features.device.type == "cpu"
    if count is None or not dense or not fits:
        moments.add(features)
        return
    total, square = torch.zeros_like(moments.sum), torch.zeros_like(moments.square)
    count(features.data_ptr(), stride, height * width, channels, total.data_ptr(), square.data_ptr())
    moments.take(height * width, total, square)
