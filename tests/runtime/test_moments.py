"""Counting features by our kernel gives what counting them in torch gives."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from intaglio.models.style.moments import Moments
from intaglio.runtime.moments import count_features


@given(st.sampled_from([5, 8, 24, 64]), st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_the_kernel_counts_what_torch_counts(channels: int, height: int, width: int, full: bool) -> None:
    generator = torch.Generator().manual_seed(channels + 100 * height + width)
    lanes = torch.randn(1, channels + 8, height, width, generator=generator).contiguous(memory_format=torch.channels_last)
    features = lanes[:, :channels]
    own, plain = Moments(channels, full=full), Moments(channels, full=full)
    for _ in range(2):
        count_features(own, features)
        plain.add(features)
    assert own.count == plain.count == 2 * height * width
    assert own.sum.numpy() == pytest.approx(plain.sum.numpy(), rel=1e-12, abs=1e-10)
    assert own.square.numpy() == pytest.approx(plain.square.numpy(), rel=1e-12, abs=1e-10)


def test_the_covariance_is_symmetric_to_the_bit() -> None:
    features = torch.randn(1, 32, 50, 70, generator=torch.Generator().manual_seed(3))
    moments = Moments(32, full=True)
    count_features(moments, features.contiguous(memory_format=torch.channels_last))
    assert torch.equal(moments.square, moments.square.T)
