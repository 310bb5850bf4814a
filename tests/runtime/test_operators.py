"""Each compiled operator against the plain layers it stands for."""

from collections import OrderedDict

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from intaglio.models.style.affine import Affine
from intaglio.runtime.compile import compile_layers
from intaglio.runtime.layers import LANES, convolution, identity
from intaglio.runtime.operators import Taps
from runtime.streaming import CPU, deviation, randomize, streamed

SIDES = st.tuples(st.integers(2, 21), st.integers(2, 21))
TOLERANCE = 1e-6


def window(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect")


def sequence(*layers: nn.Module, seed: int = 0) -> nn.Sequential:
    """Layers under the names that the compiler is told."""
    named = nn.Sequential(OrderedDict((f"layer{index}", layer) for index, layer in enumerate(layers)))
    randomize(named, seed)
    return named


def picture(channels: int, sides: tuple[int, int], seed: int = 1) -> torch.Tensor:
    return torch.randn(1, channels, *sides, generator=torch.Generator().manual_seed(seed))


def compiled_and_plain(layers: nn.Sequential, x: torch.Tensor, *, even: bool = False) -> float:
    operators = compile_layers(layers, CPU, even=even)
    return deviation(streamed(operators, x, [x.shape[2]], [x.shape[3]]), layers(x))


@given(SIDES, st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_a_convolution_of_any_width_is_the_layer(sides: tuple[int, int], inputs: int, outputs: int, relu: bool) -> None:
    layers = sequence(window(inputs, outputs), *([nn.ReLU()] if relu else []))
    assert compiled_and_plain(layers, picture(inputs, sides)) < TOLERANCE


def test_filled_lanes_are_computed_and_not_seen() -> None:
    operator = convolution(Taps("five", torch.randn(5, 2, 3, 3).double(), torch.randn(5).double()), False, CPU)
    assert operator.outputs == 5
    assert operator.macs == 2 * LANES * 9
    assert operator.run(picture(2, (6, 6)), 4, 4).shape == (1, 5, 4, 4)


@given(SIDES)
def test_a_color_convolution_folds_into_the_next(sides: tuple[int, int]) -> None:
    layers = sequence(nn.Conv2d(3, 3, 1), window(3, 6), nn.ReLU(), window(6, 4))
    assert len(compile_layers(layers, CPU)) == 2
    assert compiled_and_plain(layers, picture(3, sides)) < TOLERANCE


@given(SIDES)
def test_two_color_convolutions_fold_in_their_order(sides: tuple[int, int]) -> None:
    layers = sequence(nn.Conv2d(3, 5, 1), nn.Conv2d(5, 4, 1, bias=False), window(4, 6))
    assert len(compile_layers(layers, CPU)) == 1
    assert compiled_and_plain(layers, picture(3, sides)) < TOLERANCE


@given(SIDES)
def test_a_transfer_folds_into_the_decoder(sides: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(2)
    affine = Affine(
        torch.randn(6, 6, dtype=torch.float64, generator=generator), torch.randn(6, dtype=torch.float64, generator=generator)
    )
    layers = sequence(window(6, 5), nn.ReLU(), nn.Upsample(scale_factor=2, mode="nearest"), window(5, 3))
    x = picture(6, sides)
    operators = compile_layers(layers, CPU, before=affine)
    assert deviation(streamed(operators, x, [sides[0]], [sides[1]]), layers(affine(x))) < TOLERANCE


@given(SIDES, st.booleans())
def test_enlargement_and_convolution_are_one_operator(sides: tuple[int, int], relu: bool) -> None:
    layers = sequence(nn.Upsample(scale_factor=2, mode="nearest"), window(3, 5), *([nn.ReLU()] if relu else []))
    operators = compile_layers(layers, CPU)
    assert len(operators) == 1
    assert operators[0].macs == 3 * 5 * 16
    assert compiled_and_plain(layers, picture(3, sides)) < TOLERANCE


@given(st.tuples(st.integers(1, 10), st.integers(1, 10)), st.integers(1, 4))
def test_pixels_in_pairs_give_the_same_picture(halves: tuple[int, int], outputs: int) -> None:
    layers = sequence(window(7, outputs))
    sides = 2 * halves[0], 2 * halves[1]
    assert compile_layers(layers, CPU, even=True)[0].reach.kind == "pairs"
    assert compiled_and_plain(layers, picture(7, sides), even=True) < TOLERANCE


def test_only_the_last_convolution_takes_pixels_in_pairs() -> None:
    """What a decoder starts from may have odd sides."""
    layers = sequence(window(5, 2), nn.ReLU(), nn.Upsample(scale_factor=2), window(2, 3), nn.ReLU(), window(3, 3), nn.ReLU())
    kinds = [operator.reach.kind for operator in compile_layers(layers, CPU, even=True)]
    assert kinds == ["window", "double", "pairs"]
    assert compiled_and_plain(layers, picture(5, (3, 5)), even=True) < TOLERANCE


@given(SIDES, st.booleans())
def test_a_pool_treats_odd_sides_as_the_layer_does(sides: tuple[int, int], ceil: bool) -> None:
    layers = sequence(window(2, 5), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=ceil))
    assert compiled_and_plain(layers, picture(2, sides)) < TOLERANCE


def test_a_pool_is_exact() -> None:
    x = picture(5, (9, 7))
    for ceil in (False, True):
        pool = compile_layers(sequence(window(5, 5), nn.MaxPool2d(2, ceil_mode=ceil)), CPU)[1:]
        assert torch.equal(streamed(pool, x, [9], [7]), nn.MaxPool2d(2, ceil_mode=ceil)(x))


def test_the_identity_gives_back_what_it_takes() -> None:
    x = picture(4, (5, 6))
    assert torch.equal(streamed([identity(4)], x, [2], [4]), x)


UNSUPPORTED = {
    "padding by what is at the other side": [nn.Conv2d(3, 3, 3, padding=1, padding_mode="circular")],
    "a stride": [nn.Conv2d(3, 3, 3, padding=1, stride=2, padding_mode="reflect")],
    "a padded color convolution": [nn.Conv2d(3, 3, 1, padding=1), window(3, 3)],
    "groups": [nn.Conv2d(4, 4, 3, padding=1, groups=2, padding_mode="reflect")],
    "five taps": [nn.Conv2d(3, 3, 5, padding=2, padding_mode="reflect")],
    "dilation": [nn.Conv2d(3, 3, 3, padding=1, dilation=2, padding_mode="reflect")],
    "a mean pool": [window(3, 3), nn.AvgPool2d(2)],
    "a pool of three": [window(3, 3), nn.MaxPool2d(3, 2)],
    "a dilated pool": [window(3, 3), nn.MaxPool2d(2, 2, dilation=2)],
    "smooth enlargement": [nn.Upsample(scale_factor=2, mode="bilinear"), window(3, 3)],
    "enlargement by three": [nn.Upsample(scale_factor=3, mode="nearest"), window(3, 3)],
    "enlargement before a pool": [window(3, 3), nn.Upsample(scale_factor=2, mode="nearest"), nn.MaxPool2d(2), window(3, 3)],
    "enlargement twice": [nn.Upsample(scale_factor=2), nn.Upsample(scale_factor=2), window(3, 3)],
    "a color convolution before a pool": [window(3, 3), nn.Conv2d(3, 3, 1), nn.MaxPool2d(2), window(3, 3)],
    "a normalization": [window(3, 3), nn.BatchNorm2d(3)],
    "a ReLU in front": [nn.ReLU(), window(3, 3)],
    "a ReLU behind a pool": [window(3, 3), nn.MaxPool2d(2), nn.ReLU()],
    "a color convolution at the end": [window(3, 3), nn.Conv2d(3, 3, 1)],
    "enlargement at the end": [window(3, 3), nn.Upsample(scale_factor=2, mode="nearest")],
    "a rectified color convolution": [nn.Conv2d(3, 3, 1), nn.ReLU(), window(3, 3)],
    "a pool at the beginning": [nn.MaxPool2d(2), window(3, 3)],
}


@pytest.mark.parametrize("layers", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_what_has_no_operator_is_refused(layers: list[nn.Module]) -> None:
    with pytest.raises(TypeError, match="the runtime"):
        compile_layers(sequence(*layers), CPU)
