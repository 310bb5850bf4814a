"""Convolutions of few columns."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from intaglio.runtime.columns import column_convolution, pays
from intaglio.runtime.compile import compile_layers
from intaglio.runtime.operators import Taps, Target

CPU = Target(torch.device("cpu"))


def taps(inputs: int, outputs: int, gone: float) -> Taps:
    """A convolution without so many of its columns; one stays."""
    generator = torch.Generator().manual_seed(inputs * 1000 + outputs)
    weight = torch.randn(outputs, inputs, 3, 3, generator=generator, dtype=torch.float64) / inputs**0.5
    columns = torch.rand(inputs * 9, generator=generator).argsort().argsort() >= min(round(gone * inputs * 9), inputs * 9 - 1)
    return Taps("taps", weight * columns.view(inputs, 3, 3), torch.randn(outputs, generator=generator, dtype=torch.float64))


@given(st.integers(1, 40), st.integers(1, 20), st.floats(0, 1), st.integers(1, 70), st.integers(1, 70))
def test_it_is_the_convolution(inputs: int, outputs: int, gone: float, height: int, width: int) -> None:
    own = taps(inputs, outputs, gone)
    x = torch.randn(1, inputs, height + 2, width + 2, generator=torch.Generator().manual_seed(height * 100 + width))
    operator = column_convolution(own, False, CPU)
    result = operator.run(x.contiguous(memory_format=torch.channels_last), height, width)
    exact = F.conv2d(x.double(), own.weight, own.bias)
    assert result.shape == exact.shape
    assert (result - exact).abs().max() < 2e-5


def test_rows_of_a_larger_buffer_are_read_where_they_are() -> None:
    own = taps(32, 8, 0.9)
    buffer = torch.randn(1, 32, 20, 50, generator=torch.Generator().manual_seed(0)).contiguous(
        memory_format=torch.channels_last
    )
    piece = buffer[:, :, 3:12, 5:25]
    result = column_convolution(own, False, CPU).run(piece, 7, 18)
    assert (result - F.conv2d(piece.double(), own.weight, own.bias)).abs().max() < 2e-5


def test_bits_do_not_depend_on_the_size_of_the_piece() -> None:
    x = torch.randn(1, 64, 42, 54, generator=torch.Generator().manual_seed(5)).contiguous(memory_format=torch.channels_last)
    operator = column_convolution(taps(64, 64, 0.9), False, CPU)
    whole = operator.run(x, 40, 52)
    for height, width in ((1, 1), (2, 2), (6, 10), (38, 4), (14, 52), (33, 7)):
        piece = x[:, :, : height + 2, : width + 2].contiguous(memory_format=torch.channels_last)
        assert torch.equal(operator.run(piece, height, width), whole[:, :, :height, :width])


@pytest.mark.parametrize(("gone", "expected"), [(0.0, False), (0.7, False), (0.85, True)])
def test_it_is_taken_where_most_columns_are_gone(gone: float, expected: bool) -> None:
    assert pays(taps(64, 32, gone), CPU) is expected
    assert not pays(taps(64, 32, gone), Target(CPU.device, torch.bfloat16))
    assert not pays(Taps("point", torch.zeros(16, 16, 1, 1), torch.zeros(16)), CPU)


def test_a_network_with_few_columns_computes_less() -> None:
    own, x = taps(32, 16, 0.9), torch.rand(1, 32, 12, 12)
    layer = nn.Conv2d(32, 16, 3, padding=1, padding_mode="reflect")
    with torch.no_grad():
        assert layer.bias is not None
        layer.weight.copy_(own.weight)
        layer.bias.copy_(own.bias)
    (operator,) = compile_layers(nn.Sequential(layer), CPU)
    assert operator.macs == pytest.approx(0.1 * 32 * 16 * 9, rel=0.05)
    padded = F.pad(x, (1, 1, 1, 1), mode="reflect").contiguous(memory_format=torch.channels_last)
    assert (operator.run(padded, 12, 12) - layer(x)).abs().max() < 2e-5
