"""The contract of every style network of the catalog, and of AdaIN with stages behind it: tiles are not seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intaglio.models.style.network import Cascade, StyleNetwork
from style_networks import FINISHED, STYLE_CARDS, attends_to_itself, lively
from stylizing.runs import colors, deviation, stylized, whole

CARDS = {**STYLE_CARDS, "adain, finished": FINISHED}
NETWORKS = {name: lively(card) for name, card in CARDS.items()}
# Of a cascade only the order of sums in float64 differs between tiles. Local functions run in torch's kernels, which round
# differently for pieces of another size, and the statistics of four positions enlarge that.
BETWEEN_TILES = {name: 1e-5 if isinstance(network, Cascade) else 1e-4 for name, network in NETWORKS.items()}
# The engine folds maps into convolutions in float64, where the whole network runs layer by layer in float32: the two round
# differently, and whitening enlarges that. 3e-5 is the most that was seen over 300 random pictures. MANet's energies between
# channels are sums over all positions of the style: large, so that the softmax enlarges rounding more.
TO_WHOLE = {name: 5e-4 if attends_to_itself(card) else 1e-4 for name, card in CARDS.items()}
# A picture of a few rows or columns repeats them as it is padded. Its features hardly vary along some directions, and the least
# that counts is an eigenvalue of 1e-7 of the largest: there, whitening enlarges rounding three thousand times.
THIN, OF_THIN = 8, 5e-3

every_style_network = pytest.mark.parametrize("name", CARDS)
sides = st.one_of(
    st.just((1, 1)),
    st.tuples(st.just(7), st.integers(1, 90)),
    st.tuples(st.integers(1, 90), st.integers(1, 5)),
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
)
tiles = st.tuples(st.integers(1, 60), st.integers(1, 60))
memories = st.one_of(st.none(), st.integers(460, 2000).map(lambda megabytes: megabytes * 1_000_000))
strengths = st.sampled_from([1.0, 0.6])


@every_style_network
@settings(max_examples=25)
@given(sides, sides, tiles, tiles, strengths)
def test_any_two_tilings_give_the_same_picture(
    name: str,
    content_sides: tuple[int, int],
    style_sides: tuple[int, int],
    one: tuple[int, int],
    other: tuple[int, int],
    strength: float,
) -> None:
    network, card = NETWORKS[name], CARDS[name]
    content, style = colors(*content_sides, seed=1), colors(*style_sides, seed=2)
    first = stylized(network, card, content, [style], tile=one, strength=strength)
    second = stylized(network, card, content, [style], tile=other, strength=strength)
    assert float(np.abs(first - second).max()) <= BETWEEN_TILES[name]


def whitens(network: StyleNetwork) -> bool:
    return isinstance(network, Cascade) and any(stage.transfer.full_covariance for stage in network.cascade())


@every_style_network
@settings(max_examples=25)
@given(sides, sides, tiles, strengths)
def test_tiled_equals_the_whole_network_on_the_padded_picture(
    name: str, content_sides: tuple[int, int], style_sides: tuple[int, int], tile: tuple[int, int], strength: float
) -> None:
    network, card = NETWORKS[name], CARDS[name]
    content, style = colors(*content_sides, seed=3), colors(*style_sides, seed=4)
    found = stylized(network, card, content, [style], tile=tile, strength=strength)
    allowed = OF_THIN if min(content_sides) < THIN and whitens(network) else TO_WHOLE[name]
    assert deviation(found, whole(network, card, content, style, strength)) <= allowed


@every_style_network
@settings(max_examples=15)
@given(sides, memories)
def test_any_memory_that_is_enough_gives_the_same_picture(
    name: str, content_sides: tuple[int, int], memory: int | None
) -> None:
    network, card = NETWORKS[name], CARDS[name]
    content, style = colors(*content_sides, seed=5), colors(40, 44, seed=6)
    expected = stylized(network, card, content, [style], tile=(16, 48))
    assert float(np.abs(stylized(network, card, content, [style], memory=memory) - expected).max()) <= BETWEEN_TILES[name]


@every_style_network
def test_a_long_thin_picture_in_strips_equals_the_whole(name: str) -> None:
    network, card = NETWORKS[name], CARDS[name]
    content, style = colors(7, 5000, seed=7), colors(50, 60, seed=8)
    found = stylized(network, card, content, [style], tile=(16, 256))
    assert deviation(found, whole(network, card, content, style)) <= TO_WHOLE[name]


@every_style_network
def test_the_pictures_of_these_tests_are_worth_comparing(name: str) -> None:
    """A network that gives one color whatever it sees would pass everything above."""
    network, card = NETWORKS[name], CARDS[name]
    result = stylized(network, card, colors(64, 80, seed=1), [colors(40, 44, seed=2)])
    assert result.std(axis=(0, 1)).min() > 0.03
    other = stylized(network, card, colors(64, 80, seed=1), [colors(40, 44, seed=3) * 0.5])
    assert deviation(other, result) > 0.05


@every_style_network
@pytest.mark.parametrize("flat", ["content", "style", "both"])
def test_a_picture_of_one_color_gives_no_noise(name: str, flat: str) -> None:
    network, card = NETWORKS[name], CARDS[name]
    gray = np.full((37, 50, 3), 0.3, np.float32)
    content = colors(37, 50) if flat == "style" else gray
    style = colors(37, 50, seed=1) if flat == "content" else gray
    result = stylized(network, card, content, [style], tile=(16, 16))
    assert deviation(result, whole(network, card, content, style)) <= TO_WHOLE[name]
    if flat != "style":
        assert result.std(axis=(0, 1)).max() < 1e-4
