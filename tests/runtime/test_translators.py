"""Layers of translators as operators, in tiles, against the layers themselves."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from intaglio.models.gan.translator import Layer
from intaglio.runtime.operators import Operator
from intaglio.runtime.translators import Skip, carrying, compile_layer
from runtime.streaming import CPU, deviation, randomize, streamed

SIDES = st.tuples(st.integers(4, 21), st.integers(4, 21))
SIZES = st.lists(st.integers(1, 30), min_size=1, max_size=3)
TOLERANCE = 1e-5

CONVOLUTIONS: dict[str, nn.Conv2d | nn.ConvTranspose2d] = {
    "seven taps": nn.Conv2d(3, 5, 7, padding=3, padding_mode="reflect"),
    "seven taps, zeros": nn.Conv2d(3, 5, 7, padding=3),
    "three taps": nn.Conv2d(4, 6, 3, padding=1, padding_mode="reflect"),
    "halving": nn.Conv2d(4, 6, 3, 2, padding=1, bias=False),
    "halving, reflected": nn.Conv2d(4, 6, 3, 2, padding=1, padding_mode="reflect"),
    "doubling": nn.ConvTranspose2d(5, 4, 3, 2, padding=1, output_padding=1),
}


def picture(channels: int, sides: tuple[int, int]) -> torch.Tensor:
    return torch.randn(1, channels, *sides, generator=torch.Generator().manual_seed(sides[0] * 100 + sides[1]))


def layer(convolution: nn.Conv2d | nn.ConvTranspose2d, **more: object) -> Layer:
    randomize(convolution, 1)
    return Layer(name="layer", convolution=convolution, **more)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize("name", CONVOLUTIONS)
@settings(max_examples=20)
@given(SIDES, SIZES, SIZES)
def test_a_convolution_in_tiles_is_the_layer(name: str, sides: tuple[int, int], heights: list[int], widths: list[int]) -> None:
    one = layer(CONVOLUTIONS[name])
    x = picture(one.convolution.in_channels, sides)
    assert deviation(streamed([compile_layer(one, CPU, None)], x, heights, widths), one.convolution(x)) < TOLERANCE


@settings(max_examples=20)
@given(SIDES, SIZES, SIZES)
def test_seven_taps_to_a_picture_are_computed_in_pairs_of_pixels(
    halves: tuple[int, int], heights: list[int], widths: list[int]
) -> None:
    one = layer(nn.Conv2d(5, 3, 7, padding=3, padding_mode="reflect"), activation="tanh")
    operator = compile_layer(one, CPU, (torch.ones(3).double(), torch.zeros(3).double()), even=True)
    x = picture(5, (2 * halves[0], 2 * halves[1]))
    assert operator.reach.kind == "pairs"
    assert deviation(streamed([operator], x, heights, widths), one(x)) < TOLERANCE


@pytest.mark.parametrize("activation", ["relu", "tanh", "none"])
@pytest.mark.parametrize("affine", [True, False])
def test_statistics_of_the_whole_map_fold_into_the_convolution(activation: str, affine: bool) -> None:
    norm = nn.InstanceNorm2d(6, affine=affine)
    randomize(norm, 2)
    one = layer(CONVOLUTIONS["halving"], norm=norm, activation=activation)
    x = picture(4, (17, 14))
    made = one.convolution(x).double()
    scaling = one.scaling(made.mean((0, 2, 3)), made.var((0, 2, 3), correction=0))
    assert one.counts
    assert deviation(streamed([compile_layer(one, CPU, scaling)], x, [5], [3]), one(x)) < TOLERANCE


def block(inner: nn.Module) -> list[Operator]:
    """Two convolutions whose input is added to what they give."""
    first = compile_layer(Layer(name="first", convolution=inner[0], activation="relu"), CPU, UNCHANGED)  # type: ignore[index]
    second = compile_layer(Layer(name="second", convolution=inner[2]), CPU, UNCHANGED)  # type: ignore[index]
    return [carrying(first, Skip(channels=4, opens=True)), carrying(second, Skip(channels=4, adds=True))]


UNCHANGED = (torch.ones(1).double(), torch.zeros(1).double())


@settings(max_examples=20)
@given(SIDES, SIZES, SIZES)
def test_what_a_block_is_given_meets_what_comes_out_of_it(
    sides: tuple[int, int], heights: list[int], widths: list[int]
) -> None:
    inner = nn.Sequential(
        nn.Conv2d(4, 6, 3, padding=1, padding_mode="reflect"), nn.ReLU(), nn.Conv2d(6, 4, 3, padding=1, padding_mode="reflect")
    )
    randomize(inner, 3)
    x = picture(4, sides)
    assert deviation(streamed(block(inner), x, heights, widths), x + inner(x)) < TOLERANCE


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(3, 3, 3),
        nn.Conv2d(3, 3, 4, padding=2),
        nn.Conv2d(3, 3, 3, padding=1, padding_mode="circular"),
        nn.Conv2d(4, 4, 3, padding=1, groups=2),
        nn.Conv2d(3, 3, 5, 2, padding=2),
        nn.ConvTranspose2d(3, 3, 4, 2, padding=1),
    ],
    ids=["no padding", "even size", "circular", "groups", "five taps, halved", "four taps, doubled"],
)
def test_what_has_no_operator_is_refused(convolution: nn.Conv2d | nn.ConvTranspose2d) -> None:
    with pytest.raises(TypeError, match=r"the runtime has no operator for 'layer' of a translator"):
        compile_layer(layer(convolution), CPU, None)


@pytest.mark.parametrize(
    "convolution",
    [nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 5, padding=2, padding_mode="reflect"), nn.Conv2d(3, 3, 3, 2, padding=1)],
    ids=["zeros beside", "five taps", "halved"],
)
def test_what_has_no_operator_behind_repeated_pixels_is_refused(convolution: nn.Conv2d) -> None:
    with pytest.raises(TypeError, match=r"for 'layer' of a translator, enlarged before"):
        compile_layer(replace(layer(convolution), enlarges=True), CPU, None)
