"""Pruned layers as operators: streamed in tiles, folded, chosen."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from intaglio.models.style.affine import Affine
from intaglio.pruning.packed import PackedConvolution
from intaglio.runtime.compile import compile_layers
from intaglio.runtime.direct import covers, direct_convolution
from intaglio.runtime.kept import KeptTaps
from intaglio.runtime.native import native
from intaglio.runtime.operators import Taps, Target
from runtime.streaming import deviation, randomize, streamed

CPU = torch.device("cpu")
SPARSE = Target(CPU, runtime="sparse")
needs_the_kernels = pytest.mark.skipif(native() is None, reason="the kernels were not built here")


def pruned(layers: nn.Sequential, density: float = 0.2) -> nn.Sequential:
    """Random weights of which that share is kept in every 3x3 convolution."""
    randomize(layers, 0)
    generator = torch.Generator().manual_seed(1)
    for layer in layers:
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3):
            layer.weight.data *= torch.rand(layer.weight.shape, generator=generator) < density
    return layers


def window(inputs: int, outputs: int, border: str = "reflect") -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode=border)


def packed(layer: nn.Module) -> nn.Module:
    if not isinstance(layer, nn.Conv2d):
        return layer
    kept = KeptTaps.of(Taps("", layer.weight.detach().double(), torch.zeros(layer.out_channels)))
    return PackedConvolution(layer, kept.bits, kept.values.float())


def network(ceil: bool = True) -> nn.Sequential:
    return pruned(
        nn.Sequential(
            *(window(3, 17), nn.ReLU(), window(17, 20), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=ceil), window(20, 5), nn.ReLU()),
            *(nn.Upsample(scale_factor=2, mode="nearest"), window(5, 3)),
        )
    )


@needs_the_kernels
@settings(max_examples=8, deadline=None)
@given(
    st.integers(5, 40),
    st.integers(5, 40),
    st.lists(st.integers(1, 17), min_size=1, max_size=3),
    st.lists(st.integers(1, 17), min_size=1, max_size=3),
    st.booleans(),
)
def test_a_network_in_tiles_is_the_network(height: int, width: int, heights: list[int], widths: list[int], ceil: bool) -> None:
    layers = network(ceil)
    x = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(2))
    operators = compile_layers(layers, SPARSE)
    assert [one.way for one in operators] == ["sparse"] * 4
    apart = compile_layers(layers, SPARSE, fused=False)
    assert [one.way for one in apart] == ["sparse", "sparse", "torch", "sparse", "sparse"]
    found = streamed(operators, x, heights, widths)
    assert deviation(found, layers(x)) < 1e-5
    # Every sum is made in one order, wherever the tiles end.
    assert torch.equal(found, streamed(operators, x, [height], [width]))
    assert torch.equal(found, streamed(apart, x, heights, widths))


@needs_the_kernels
def test_zeros_beyond_the_border() -> None:
    layers = pruned(nn.Sequential(window(4, 6, "zeros")))
    x = torch.randn(1, 4, 9, 9, generator=torch.Generator().manual_seed(2))
    assert deviation(streamed(compile_layers(layers, SPARSE), x, [4], [5]), layers(x)) < 1e-5


@needs_the_kernels
@pytest.mark.parametrize("diagonal", [True, False])
def test_packed_layers_are_what_they_stand_for(diagonal: bool) -> None:
    layers = network()
    generator = torch.Generator().manual_seed(3)
    matrix = torch.randn(3, 3, generator=generator, dtype=torch.float64)
    before = Affine(torch.diag(matrix.diagonal()) if diagonal else matrix, torch.randn(3, generator=generator).double())
    expected, found = (
        compile_layers(own, SPARSE, before=before) for own in (layers, nn.Sequential(*(packed(layer) for layer in layers)))
    )
    x = torch.randn(1, 3, 20, 24, generator=generator)
    assert deviation(streamed(found, x, [8], [8]), streamed(expected, x, [8], [8])) < 1e-6
    assert [one.macs for one in found] == [one.macs for one in expected]


def test_kept_weights_come_back_dense() -> None:
    weight = torch.randn(5, 3, 3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    taps = Taps("taps", weight * (weight > 0.5), torch.zeros(5).double())
    kept = KeptTaps.of(taps)
    assert torch.equal(kept.weight, taps.weight)
    assert kept.shape == taps.shape
    assert kept.density == taps.density
    assert torch.equal(kept.shifted(torch.ones(3).double(), None).bias, taps.shifted(torch.ones(3).double(), None).bias)


@needs_the_kernels
def test_a_layer_that_keeps_most_is_computed_whole() -> None:
    taps = Taps("taps", torch.randn(8, 4, 3, 3, generator=torch.Generator().manual_seed(0)).double(), torch.zeros(8).double())
    operator = direct_convolution(taps, False, SPARSE)
    assert operator.way == "direct"
    assert operator.macs == 8 * 4 * 9


def test_what_the_kernels_do_not_cover_is_left_to_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    taps = Taps("taps", torch.zeros(4, 4, 3, 3).double(), torch.zeros(4).double())
    point = Taps("point", torch.zeros(4, 4, 1, 1).double(), torch.zeros(4).double())
    assert not covers(point, SPARSE)
    assert not covers(taps, Target(CPU, torch.bfloat16))
    monkeypatch.setattr("intaglio.runtime.direct.native", lambda: None)
    assert not covers(taps, SPARSE)
    layers = network()
    x: Tensor = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(2))
    operators = compile_layers(layers, SPARSE)
    assert "sparse" not in {one.way for one in operators}
    assert deviation(streamed(operators, x, [8], [8]), layers(x)) < 1e-5
