"""The Winograd kernel, where this machine has it."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from intaglio.runtime.operators import Taps, Target
from intaglio.runtime.winograd import suits, winograd_convolution

CPU = Target(torch.device("cpu"))


def taps(inputs: int, outputs: int) -> Taps:
    generator = torch.Generator().manual_seed(inputs * 1000 + outputs)
    weight = torch.randn(outputs, inputs, 3, 3, generator=generator, dtype=torch.float64) / inputs**0.5
    return Taps("taps", weight, torch.randn(outputs, generator=generator, dtype=torch.float64))


needs_the_kernel = pytest.mark.skipif(
    not suits(taps(16, 16), CPU), reason="the kernel was not built here, or the processor lacks AVX-512"
)
CHANNELS = st.sampled_from([16, 32, 48, 64, 128])


@needs_the_kernel
@given(CHANNELS, CHANNELS, st.integers(1, 29), st.integers(1, 29))
def test_it_is_the_convolution(inputs: int, outputs: int, height: int, width: int) -> None:
    own = taps(inputs, outputs)
    x = torch.randn(1, inputs, height + 2, width + 2, generator=torch.Generator().manual_seed(height * 100 + width))
    operator = winograd_convolution(own, False, CPU)
    result = operator.run(x.contiguous(memory_format=torch.channels_last), height, width)
    exact = F.conv2d(x.double(), own.weight, own.bias)
    assert result.shape == exact.shape
    assert (result - exact).abs().max() < 2e-5


@needs_the_kernel
def test_bits_do_not_depend_on_the_size_of_the_piece() -> None:
    x = torch.randn(1, 64, 42, 54, generator=torch.Generator().manual_seed(5)).contiguous(memory_format=torch.channels_last)
    operator = winograd_convolution(taps(64, 64), False, CPU)
    whole = operator.run(x, 40, 52)
    for height, width in ((2, 2), (6, 10), (38, 4), (14, 52)):
        piece = x[:, :, : height + 2, : width + 2].contiguous(memory_format=torch.channels_last)
        assert torch.equal(operator.run(piece, height, width), whole[:, :, :height, :width])


@needs_the_kernel
def test_rows_that_are_there_already_for_the_next_piece_are_left_alone() -> None:
    x = torch.randn(1, 16, 9, 11, generator=torch.Generator().manual_seed(6)).contiguous(memory_format=torch.channels_last)
    operator = winograd_convolution(taps(16, 32), False, CPU)
    assert torch.equal(operator.run(x, 6, 8), operator.run(x, 7, 9)[:, :, :6, :8])


def test_it_takes_full_lanes_in_float32_only() -> None:
    assert not suits(taps(24, 16), CPU)
    assert not suits(taps(16, 3), CPU)
    assert not suits(taps(16, 16), Target(CPU.device, torch.bfloat16))
    assert not suits(Taps("point", torch.zeros(16, 16, 1, 1), torch.zeros(16)), CPU)
