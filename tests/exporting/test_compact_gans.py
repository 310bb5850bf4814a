"""What holds for networks of GANs beside what holds for all: options, and spectral normalization that is carried out."""

from typing import Any

import pytest

from dulled import assert_same, dull_, example, pictures, silence_
from intaglio.exporting.compact import compacted
from intaglio.exporting.settled import settled
from intaglio.models.catalog import MODELS
from intaglio.models.gan.spectral import SpectralNorm
from intaglio.pruning.widths.channels import layers_of

VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("resnet-generator", {"classes": 3, "spectral_norm": True, "attention": 1}),
    ("resnet-discriminator", {"normalization": "batch", "head": "auxiliary", "classes": 3}),
    ("resnet-discriminator", {"head": "projection", "classes": 3, "attention": 1}),
    ("cyclegan-generator", {"affine": False}),
    ("cyclegan-generator", {"upsampling": "nearest", "normalization": "batch"}),
    ("patch-discriminator", {"affine": False, "averaged": False}),
]


@pytest.mark.parametrize(("name", "options"), VARIANTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_gans_give_the_same_whatever_their_options(name: str, options: dict[str, Any], seed: int) -> None:
    card = MODELS[name]
    network = example(name, seed, card.config.model_validate(card.example.model_dump() | options))
    dull_(network.network, seed, 0.6)
    for layer in layers_of(network.network).values():
        if isinstance(layer, SpectralNorm):
            layer.find_vectors_()
    silence_(network.network)
    made, removals = compacted(network)
    assert sum(one.before - one.after for one in removals) > 0
    assert not any(isinstance(layer, SpectralNorm) for layer in made.network.modules())
    assert_same(made, network, pictures(network, seed))


def test_a_settled_network_gives_the_same_without_spectral_normalization() -> None:
    network = example("resnet-discriminator")
    plain = settled(network)
    assert not any(key.endswith((".u", ".v")) for key in plain.network.state_dict())
    assert_same(plain, network, pictures(network, 0))
    assert settled(plain) is plain
