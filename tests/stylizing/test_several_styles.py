"""Styles mixed in feature space, and styles in regions, against the same computed on the whole picture in plain torch."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from intaglio.vocabulary.errors import OptionError, SpecError
from style_networks import STYLE_CARDS, attends_to_itself, lively
from stylizing.by_hand import in_regions, mixed
from stylizing.runs import Array, colors, deviation, padded, stylized

NETWORKS = {name: lively(card) for name, card in STYLE_CARDS.items()}
SIDES = (64, 80)
STYLES = [colors(40, 50, seed=1), colors(45, 37, seed=2) * 0.5, 1 - colors(64, 40, seed=3)]
# See test_tiled_equals_whole.
TO_WHOLE = {name: 5e-4 if attends_to_itself(card) else 1e-4 for name, card in STYLE_CARDS.items()}

every_style_network = pytest.mark.parametrize("name", STYLE_CARDS)


def run(name: str, content: Array, styles: Sequence[Array], **options: object) -> Array:
    tile = options.pop("tile", (16, 48))
    return stylized(NETWORKS[name], STYLE_CARDS[name], content, styles, tile=tile, **options)  # type: ignore[arg-type] # options of any kind


def whole(picture: Array) -> Tensor:
    return padded(picture, *picture.shape[:2])


def as_array(picture: Tensor) -> Array:
    rows: Array = picture[0].permute(1, 2, 0).numpy()
    return rows


def halves(levels: Sequence[float]) -> Array:
    """A mask of vertical bands of equal width."""
    height, width = SIDES
    band = np.repeat(np.asarray(levels, np.float32), -(-width // len(levels)))[:width]
    return np.broadcast_to(band[None, :, None], (height, width, 3)).copy()


@every_style_network
@settings(max_examples=8)
@given(st.lists(st.floats(0.1, 5), min_size=2, max_size=3), st.sampled_from([1.0, 0.4]))
def test_styles_are_mixed_in_feature_space_by_their_shares(name: str, weights: list[float], strength: float) -> None:
    content, styles = colors(*SIDES), STYLES[: len(weights)]
    found = run(name, content, styles, weights=weights, strength=strength)
    shares = [weight / sum(weights) for weight in weights]
    expected = mixed(NETWORKS[name], whole(content), [whole(style) for style in styles], shares, strength)
    assert deviation(found, as_array(expected)) <= TO_WHOLE[name]


@every_style_network
def test_weights_count_only_by_their_ratio_and_are_equal_unless_given(name: str) -> None:
    content = colors(*SIDES)
    equal = run(name, content, STYLES[:2])
    assert np.array_equal(run(name, content, STYLES[:2], weights=[7, 7]), equal)
    assert not np.allclose(run(name, content, STYLES[:2], weights=[1, 3]), equal, atol=1e-3)


@every_style_network
def test_a_style_of_weight_zero_is_as_if_it_were_not_there(name: str) -> None:
    content = colors(*SIDES)
    expected = run(name, content, STYLES[:1])
    assert deviation(run(name, content, STYLES[:2], weights=[1, 0]), expected) <= 1e-5


@pytest.mark.parametrize(
    ("weights", "complaint"),
    [
        ([1.0], "1 weights for 2 styles"),
        ([1.0, -0.5], "must not be negative, got -0.5"),
        ([0.0, 0.0], "must not all be zero"),
        ([1.0, float("inf")], "weights of styles"),
        ([1.0, float("nan")], "weights of styles"),
    ],
)
def test_weights_that_are_no_shares_are_refused(weights: list[float], complaint: str) -> None:
    with pytest.raises(OptionError, match=complaint):
        run("adain", colors(*SIDES), STYLES[:2], weights=weights)


@pytest.mark.parametrize("strength", [-0.01, 1.01, float("nan")])
def test_a_strength_outside_0_to_1_is_refused(strength: float) -> None:
    with pytest.raises(SpecError, match="strength"):
        run("adain", colors(*SIDES), STYLES[:1], strength=strength)


@every_style_network
@settings(max_examples=8)
@given(st.integers(2, 3), st.integers(1, 70), st.integers(1, 70), st.sampled_from([1.0, 0.4]))
def test_each_region_has_its_own_style(name: str, count: int, tile_height: int, tile_width: int, strength: float) -> None:
    content, levels = colors(*SIDES), np.linspace(0, 1, count)
    mask = halves([float(level) for level in levels])
    mask[: SIDES[0] // 3] = mask[: SIDES[0] // 3, ::-1]
    found = run(name, content, STYLES[:count], mask=mask, strength=strength, tile=(tile_height, tile_width))
    labels = torch.from_numpy(mask[:, :, 0] * (count - 1)).round().long()
    expected = in_regions(NETWORKS[name], whole(content), [whole(style) for style in STYLES[:count]], labels, strength)
    assert deviation(found, as_array(expected)) <= TO_WHOLE[name]


@every_style_network
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_mask_of_one_level_gives_the_picture_of_that_style(name: str, level: float) -> None:
    content = colors(*SIDES)
    mask = np.full((*SIDES, 3), level, np.float32)
    alone = run(name, content, [STYLES[int(level)]])
    assert deviation(run(name, content, STYLES[:2], mask=mask), alone) <= TO_WHOLE[name]


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(OptionError, match="the mask is 79x64, the content 80x64; make them the same size"):
        run("adain", colors(*SIDES), STYLES[:2], mask=halves([0, 1])[:, 1:])


def test_a_mask_for_one_style_is_refused() -> None:
    with pytest.raises(OptionError, match="at least two styles"):
        run("adain", colors(*SIDES), STYLES[:1], mask=halves([0, 1]))


def test_weights_beside_a_mask_are_refused() -> None:
    with pytest.raises(OptionError, match="leave the weights of the styles out"):
        run("adain", colors(*SIDES), STYLES[:2], mask=halves([0, 1]), weights=[1, 2])
