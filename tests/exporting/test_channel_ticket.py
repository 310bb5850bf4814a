"""Channel tickets: all channels are the whole initial state, fewer are the masked network, for every network of GANs."""

import copy
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from dulled import assert_same, example, pictures
from intaglio.exporting.channel_ticket import channel_ticket
from intaglio.models.catalog import MODELS
from intaglio.models.gan.spectral import SpectralNorm
from intaglio.pruning.channel_scales import surviving
from intaglio.pruning.mask import Mask
from intaglio.pruning.widths.channels import Normalization, layers_of, matrix_of
from intaglio.pruning.widths.narrowable import narrowable
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.pretrained import Pretrained
from intaglio.storage.ticket import Ticket
from intaglio.vocabulary.errors import OptionError

GANS = [name for name, card in MODELS.items() if card.family in ("generator", "translator", "discriminator")]
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in GANS),
    ("resnet-generator", {"classes": 3, "spectral_norm": True, "attention": 1}),
    ("resnet-discriminator", {"normalization": "batch", "head": "auxiliary", "classes": 3}),
    ("resnet-discriminator", {"head": "projection", "classes": 3, "attention": 1}),
    ("cyclegan-generator", {"affine": False}),
    ("cyclegan-generator", {"upsampling": "nearest", "normalization": "batch"}),
]
every_gan = pytest.mark.parametrize(("name", "options"), VARIANTS)


def begun(name: str, options: dict[str, Any]) -> Pretrained:
    card = MODELS[name]
    network = example(name, 1, card.config.model_validate(card.example.model_dump() | options))
    settle_vectors_(network)
    return network


def settle_vectors_(network: Pretrained) -> None:
    for layer in network.network.modules():
        if isinstance(layer, SpectralNorm):
            layer.iterate_(50)


def drawn_scales(network: Pretrained, seed: int = 0) -> dict[str, Tensor]:
    source = torch.Generator().manual_seed(seed)
    widths = narrowable(network.card, network.config, network.network)
    assert widths
    return {name: torch.rand(len(width), generator=source) + 0.01 for name, width in widths.items()}


@every_gan
def test_all_channels_are_the_dense_initial_network_to_the_bit(name: str, options: dict[str, Any]) -> None:
    network = begun(name, options)
    before = copy.deepcopy(network.network)
    made = channel_ticket(network, drawn_scales(network), 1.0)
    state, expected = made.network.state_dict(), before.state_dict()
    assert state.keys() == expected.keys()
    assert all(torch.equal(state[key], expected[key]) for key in expected)
    assert made.config == network.config
    taken = pictures(network, 0)
    assert torch.equal(made.network(*taken), before(*taken))
    assert made.network is not network.network


@every_gan
@pytest.mark.parametrize("among", ["network", "layer"])
def test_fewer_channels_are_the_masked_network(name: str, options: dict[str, Any], among: Any) -> None:
    network = begun(name, options)
    scales = drawn_scales(network)
    made = channel_ticket(network, scales, 0.5, among)
    masked = replace(network, network=copy.deepcopy(network.network))
    layers = layers_of(masked.network)
    kept = surviving(scales, 0.5, among)
    for name, width in narrowable(network.card, network.config, network.network).items():
        for joint, stays in zip(width, kept[name].tolist(), strict=True):
            for layer, side, number in () if stays else joint.places:
                if isinstance(layers[layer], Normalization):
                    continue
                matrix = matrix_of(layers[layer])[0]
                (matrix if side == "out" else matrix.transpose(0, 1))[number] = 0
    for one in (made, masked):
        settle_vectors_(one)
    assert_same(made, masked, pictures(network, 0))
    count = sum(parameter.numel() for parameter in made.network.parameters())
    assert count < sum(parameter.numel() for parameter in network.network.parameters())
    assert not any(parameter.requires_grad for parameter in made.network.parameters())


def test_what_stays_has_the_initial_values_everywhere() -> None:
    network = begun("resnet-generator", {"hidden": (4, 6)})
    scales = {"blocks.0.conv1": torch.tensor([0.4, 0.0, 0.3, 0.1])}
    made = channel_ticket(network, scales)
    assert made.config == network.config.model_copy(update={"hidden": (3, 6)})
    state, whole, stays = made.network.state_dict(), network.network.state_dict(), [0, 2, 3]
    cut = {"conv1.weight", "conv1.bias", "norm2.weight", "norm2.bias", "norm2.running_mean", "norm2.running_var"}
    for key, tensor in state.items():
        expected = whole[key]
        if key.removeprefix("blocks.0.") in cut:
            expected = expected[stays]
        elif key == "blocks.0.conv2.weight":
            expected = expected[:, stays]
        assert torch.equal(tensor, expected), key
    assert made.source.notes[-1] == "Channels: 3 of 4 are left, and these have the weights that training began with."


def test_vectors_of_smaller_weights_fit_them_and_others_stay() -> None:
    network = begun("resnet-discriminator", {})
    before = {key: tensor.clone() for key, tensor in network.network.state_dict().items()}
    made = channel_ticket(network, {"blocks.1.conv1": torch.tensor([1.0, 0.0, 1.0, 1.0, 1.0])})
    for name, layer in made.network.named_modules():
        if not isinstance(layer, SpectralNorm):
            continue
        if name in ("blocks.1.conv1", "blocks.1.conv2"):
            assert float(layer.u.norm()) == pytest.approx(1)
            assert float(torch.dot(layer.u, layer.weight.flatten(1) @ layer.v)) == pytest.approx(
                float(torch.linalg.matrix_norm(layer.weight.flatten(1), 2)), rel=0.05
            )
        else:
            assert torch.equal(layer.u, before[f"{name}.u"])
            assert torch.equal(layer.v, before[f"{name}.v"])


def test_a_ticket_is_saved_with_its_widths_and_read_again(tmp_path: Any) -> None:
    network = begun("cyclegan-generator", {})
    made = channel_ticket(network, drawn_scales(network), 0.5, "layer")
    save_pretrained(made, tmp_path / "narrow")
    again = from_pretrained(tmp_path / "narrow")
    assert (again.digest(), again.ticket) == (made.digest(), None)


def test_what_no_ticket_can_be_made_of_is_refused() -> None:
    network = begun("resnet-generator", {})
    with pytest.raises(OptionError, match=r"there are scales for convs.0, which is no width of the network"):
        channel_ticket(network, {"convs.0": torch.ones(4)}, 0.5)
    sparse = replace(network, ticket=Ticket(mask=Mask({})))
    with pytest.raises(OptionError, match=r"channels are taken out of a dense network, and this one has a mask"):
        channel_ticket(sparse, drawn_scales(network), 0.5)
