"""Streams over tiles of any size against the whole module at once, for every stage of the catalog."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from intaglio.runtime.compile import compile_layers
from intaglio.runtime.operators import Operator
from intaglio.runtime.stream import Stream
from runtime.streaming import CPU, deviation, pieces, push_rows, randomize, streamed
from style_networks import every_stage

STAGES = every_stage()
SIDES = st.tuples(st.integers(16, 60), st.integers(16, 60))
CELLS = st.tuples(st.integers(2, 9), st.integers(2, 9))
SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=4)
TOLERANCE = 1e-5

each_stage = pytest.mark.parametrize("name", STAGES)


def encoder(name: str) -> list[Operator]:
    return compile_layers(STAGES[name].encoder.layers, CPU)


def decoder(name: str) -> list[Operator]:
    return compile_layers(STAGES[name].decoder, CPU, even=True)


def picture(sides: tuple[int, int], channels: int = 3) -> Tensor:
    return torch.rand(1, channels, *sides, generator=torch.Generator().manual_seed(sides[0] * 100 + sides[1]))


def fitting(name: str, cells: tuple[int, int]) -> tuple[int, int]:
    """Sides of features whose decoded picture has even sides, as padding to a size multiple makes them."""
    scale = STAGES[name].config.scale
    return (2 * cells[0], 2 * cells[1]) if scale == 1 else cells


@each_stage
@settings(max_examples=25)
@given(SIDES, SIZES, SIZES)
def test_an_encoder_in_tiles_is_the_whole_encoder(
    name: str, sides: tuple[int, int], heights: list[int], widths: list[int]
) -> None:
    x = picture(sides)
    assert deviation(streamed(encoder(name), x, heights, widths), STAGES[name].encoder(x)) < TOLERANCE


@each_stage
@settings(max_examples=25)
@given(CELLS, SIZES, SIZES)
def test_a_decoder_in_tiles_is_the_whole_decoder(
    name: str, cells: tuple[int, int], heights: list[int], widths: list[int]
) -> None:
    x = picture(fitting(name, cells), STAGES[name].config.channels)
    assert deviation(streamed(decoder(name), x, heights, widths), STAGES[name].decoder(x)) < TOLERANCE


@settings(max_examples=25)
@given(CELLS, SIZES, SIZES, st.sampled_from([5, 32]))
def test_convolutions_that_see_zeros_outside_are_those_of_the_whole(
    sides: tuple[int, int], heights: list[int], widths: list[int], channels: int
) -> None:
    layers = nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(channels, 4, 3, padding=1),
        nn.Conv2d(4, 3, 3, padding=1),
    )
    randomize(layers, 1).requires_grad_(False)
    x = picture(sides, channels)
    assert deviation(streamed(compile_layers(layers, CPU), x, heights, widths), layers(x)) < TOLERANCE


@pytest.mark.parametrize("before", [nn.Conv2d(3, 3, 1), nn.Upsample(scale_factor=2, mode="nearest")])
def test_zeros_outside_cannot_be_folded_into_what_comes_before(before: nn.Module) -> None:
    with pytest.raises(TypeError, match="no operator for '1'"):
        compile_layers(nn.Sequential(before, nn.Conv2d(3, 3, 3, padding=1)), CPU)


@each_stage
@settings(max_examples=25)
@given(SIDES, SIZES, SIZES)
def test_features_have_the_same_bits_whatever_the_tiles(
    name: str, sides: tuple[int, int], heights: list[int], widths: list[int]
) -> None:
    """Whitening divides by small eigenvalues; a difference in the last bit would be seen in the picture."""
    x = picture(sides)
    assert torch.equal(streamed(encoder(name), x, heights, widths), streamed(encoder(name), x, [sides[0]], [sides[1]]))


@each_stage
def test_tiles_of_one_pixel_are_enough(name: str) -> None:
    x = picture((17, 19))
    assert deviation(streamed(encoder(name), x, [1], [1]), STAGES[name].encoder(x)) < TOLERANCE


@each_stage
@settings(max_examples=20)
@given(SIDES, SIZES, SIZES, st.integers(0, 60))
def test_a_stream_restored_at_any_row_goes_on_to_the_same_bits(
    name: str, sides: tuple[int, int], heights: list[int], widths: list[int], stop: int
) -> None:
    x, operators = picture(sides), encoder(name)
    expected = streamed(operators, x, heights, widths)
    stream, result = Stream(operators, *sides), torch.full_like(expected, torch.nan)
    rows = pieces(sides[0], heights)
    before, after = rows[: stop % len(rows)], rows[stop % len(rows) :]
    for one in before:
        push_rows(stream, x, one, widths, result)
    state = {key: value.clone() for key, value in stream.state().items()}
    fresh = Stream(operators, *sides)
    fresh.restore(state)
    for one in after:
        push_rows(fresh, x, one, widths, result)
    assert torch.equal(result, expected)


@each_stage
def test_carried_edges_do_not_grow_with_the_tiles(name: str) -> None:
    x = picture((60, 40))
    sizes = []
    for height in (4, 20):
        stream = Stream(encoder(name), 60, 40)
        result = torch.empty(1, STAGES[name].config.channels, stream.height, stream.width)
        push_rows(stream, x, (0, height), [40], result)
        push_rows(stream, x, (height, 2 * height), [40], result)
        sizes.append(sum(value.numel() for key, value in stream.state().items() if key.endswith("upper")))
    limit = sum(3 * 40 * operator.channels for operator in encoder(name))
    assert max(sizes) <= limit


@each_stage
def test_the_input_is_left_as_it_was(name: str) -> None:
    x = picture((33, 20))
    kept = x.clone()
    streamed(encoder(name), x, [7], [6])
    assert torch.equal(x, kept)
