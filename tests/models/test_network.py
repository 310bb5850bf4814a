"""What every style network of the catalog does with whole pictures."""

import pytest
import torch

from intaglio.models.catalog import MODELS
from intaglio.models.style.network import Cascade
from style_networks import STYLE_CARDS, lively

every_style_network = pytest.mark.parametrize("name", STYLE_CARDS)


def picture(height: int, width: int, seed: int) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def test_the_catalog_has_style_networks() -> None:
    assert {"wct", "adain"} <= STYLE_CARDS.keys()
    assert MODELS["vgg-encoder"].family == "encoder"


@every_style_network
def test_the_result_has_the_contents_size_whatever_the_styles(name: str) -> None:
    card = STYLE_CARDS[name]
    side = card.size_multiple * -(-card.smallest_side // card.size_multiple)
    result = lively(STYLE_CARDS[name])(picture(side, 2 * side, 0), picture(side + 7, side + 3, 1))
    assert result.shape == (1, 3, side, 2 * side)
    assert torch.isfinite(result).all()


@every_style_network
def test_without_strength_a_cascade_only_codes_and_decodes_and_a_stepped_network_does_nothing(name: str) -> None:
    network = lively(STYLE_CARDS[name])
    content = expected = picture(48, 64, 0)
    for stage in network.cascade() if isinstance(network, Cascade) else []:
        expected = stage.decoder(stage.encoder(expected))
    torch.testing.assert_close(network(content, picture(40, 40, 1), 0.0), expected)


@every_style_network
def test_the_style_and_the_strength_are_seen(name: str) -> None:
    network, content = lively(STYLE_CARDS[name]), picture(48, 64, 0)
    results = [network(content, picture(40, 40, seed), strength) for seed, strength in ((1, 1.0), (2, 1.0), (1, 0.5))]
    assert not torch.allclose(results[0], results[1])
    assert not torch.allclose(results[0], results[2])


@every_style_network
def test_it_is_pure(name: str) -> None:
    network, content, style = lively(STYLE_CARDS[name]), picture(48, 64, 0), picture(40, 40, 1)
    assert torch.equal(network(content, style, 0.7), network(content, style, 0.7))
