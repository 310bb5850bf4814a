from fractions import Fraction

import pytest
import torch

from intaglio.metrics.cost import cost_of
from intaglio.models.catalog import MODELS
from intaglio.models.style.vgg_codec import VGG19_WIDTHS, CodecConfig, Cut, Encoder, depth_of
from intaglio.models.style.wct import WCTConfig, build
from style_networks import STYLE_CARDS, lively

# Parameters and MACs per pixel: encoder, decoder.
SMALL: dict[Cut, tuple[int, int, int, int]] = {
    "relu1_1": (684, 651, 657, 648),
    "relu2_1": (7_420, 7_379, 3_897, 3_888),
    "relu3_1": (35_164, 35_091, 7_353, 7_344),
    "relu4_1": (219_804, 219_667, 15_417, 15_408),
    "relu5_1": (810_140, 810_003, 22_905, 22_896),
}
VGG: dict[Cut, tuple[int, int, int, int]] = {
    "relu1_1": (1_804, 1_731, 1_737, 1_728),
    "relu2_1": (112_588, 112_451, 57_033, 57_024),
    "relu3_1": (555_340, 555_075, 112_329, 112_320),
}


def small_widths(cut: Cut) -> tuple[int, ...]:
    return (24,) if cut == "relu1_1" else tuple(width // 4 for width in VGG19_WIDTHS[: depth_of(cut)])


@pytest.mark.parametrize(("cut", "expected"), SMALL.items())
def test_the_16x_stages_cost_what_the_paper_s_networks_cost(cut: Cut, expected: tuple[int, int, int, int]) -> None:
    check(CodecConfig(cut=cut, widths=small_widths(cut)), expected)


@pytest.mark.parametrize(("cut", "expected"), VGG.items())
def test_the_vgg_stages_cost_what_vgg_costs(cut: Cut, expected: tuple[int, int, int, int]) -> None:
    check(CodecConfig(cut=cut, widths=VGG19_WIDTHS[: depth_of(cut)]), expected)


def check(codec: CodecConfig, expected: tuple[int, int, int, int]) -> None:
    layers = cost_of(build(WCTConfig(stages=(codec,)))).layers
    encoder = [layer for layer in layers if ".encoder." in layer.name]
    decoder = [layer for layer in layers if ".decoder." in layer.name]
    assert (sum(layer.parameters for layer in encoder), sum(layer.parameters for layer in decoder)) == expected[:2]
    assert sum(layer.macs_per_pixel for layer in encoder) == expected[2]
    assert sum(layer.macs_per_pixel for layer in decoder) == expected[3]


def test_the_whole_16x_cascade_adds_up() -> None:
    cost = cost_of(build(WCTConfig(stages=tuple(CodecConfig(cut=cut, widths=small_widths(cut)) for cut in reversed(SMALL)))))
    assert cost.parameters == 1_073_212 + 1_072_791
    assert cost.macs_per_pixel == 50_229 + 50_184


def test_embeddings_count_as_parameters_but_are_not_on_the_path() -> None:
    embedded = (("relu1_1", 64), ("relu2_1", 128))
    cost = cost_of(Encoder(CodecConfig(cut="relu2_1", widths=(16, 16, 32), embedded=embedded)))
    assert (cost.parameters, cost.path_parameters) == (12_732, 7_420)
    assert cost.macs_per_pixel == 3_897


def test_fractions_of_a_mac_are_exact() -> None:
    layers = cost_of(Encoder(CodecConfig(cut="relu5_1", widths=(1,) * 13))).layers
    assert layers[-1].macs_per_pixel == Fraction(9, 256)
    assert (layers[-1].name, layers[-1].kind, layers[-1].kernel) == ("layers.conv5_1", "Conv2d", (3, 3))


@pytest.mark.parametrize("name", MODELS)
def test_parameters_agree_with_torch_and_no_hook_stays(name: str) -> None:
    network = MODELS[name].build(MODELS[name].example)
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    assert cost_of(network).parameters == sum(parameter.numel() for parameter in network.parameters())
    assert all(torch.equal(tensor, before[key]) for key, tensor in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize("name", STYLE_CARDS)
def test_every_parameter_of_a_network_is_counted(name: str) -> None:
    network = lively(STYLE_CARDS[name])
    assert cost_of(network).parameters == sum(parameter.numel() for parameter in network.parameters())
    assert cost_of(network).path_parameters <= cost_of(network).parameters
