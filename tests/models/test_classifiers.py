"""What holds for every classifier, and what is known of each."""

import copy

import pytest
import torch
from torch import nn

from intaglio.models.catalog import MODELS
from intaglio.models.classify.classifier import Classifier

CARDS = {card.name: card for card in MODELS.values() if card.family == "classifier"}
every = pytest.mark.parametrize("name", CARDS)
# Side, parameters, multiply-accumulates of convolutions and linear layers; computed from the papers' tables by hand.
KNOWN = {
    "convnet": (32, 89_578, 12_298_240),
    "alexnet": (227, 60_965_224, 724_406_816),
    "vgg16": (224, 138_357_544, 15_470_264_320),
    "resnet50": (224, 25_557_032, 4_089_184_256),
    "resnet56": (32, 853_018, 125_485_696),
}


def macs(network: nn.Module, side: int) -> int:
    """Of one picture; nothing is computed but shapes."""
    counted = 0

    def count(layer: nn.Module, _: object, out: torch.Tensor) -> None:
        nonlocal counted
        assert isinstance(layer.weight, torch.Tensor)
        counted += layer.weight.numel() * (out.shape[-1] * out.shape[-2] if out.dim() == 4 else 1)

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    network.eval()(torch.rand(1, 3, side, side, device="meta"))
    return counted


@every
def test_sizes_are_those_of_the_papers(name: str) -> None:
    side, parameters, expected = KNOWN[name]
    card = CARDS[name]
    with torch.device("meta"):
        network = card.build(card.config())
    assert sum(one.numel() for one in network.parameters()) == parameters
    assert macs(network, side) == expected


def test_the_papers_resnet_has_its_strides_in_the_first_convolutions() -> None:
    card = CARDS["resnet50"]
    with torch.device("meta"):
        network = card.build(card.config.parse({"stride_first": True}, where="test"))
    # 3.858 thousand million in the convolutions of the reference.
    assert macs(network, 224) == pytest.approx(3.858e9, rel=2e-3)


@every
def test_pictures_become_scores_that_can_be_learned_from(name: str) -> None:
    card = CARDS[name]
    torch.manual_seed(0)
    network = card.build(card.example)
    assert isinstance(network, Classifier)
    pictures = torch.rand(3, 3, card.smallest_side, card.smallest_side)
    scores = network.train()(pictures)
    assert scores.shape == (3, network.config.classes)
    nn.functional.cross_entropy(scores, torch.tensor([0, 1, 2])).backward()
    assert all(one.grad is not None and bool(one.grad.isfinite().all()) for one in network.parameters())


@every
def test_the_mean_is_subtracted_inside(name: str) -> None:
    card = CARDS[name]
    network = card.build(card.example).eval()
    assert isinstance(network, Classifier)
    plain = copy.deepcopy(network)
    plain.config = network.config.model_copy(update={"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)})
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (network.config.mean, network.config.std))
    picture = torch.rand(1, 3, card.smallest_side, card.smallest_side)
    torch.testing.assert_close(network(picture), plain((picture - mean) / std))


def test_groups_of_alexnet_do_not_see_each_other() -> None:
    card = CARDS["alexnet"]
    network = card.build(card.example)
    assert [network.get_submodule(f"conv{number}").groups for number in range(1, 6)] == [1, 2, 1, 2, 2]


def test_a_stage_of_resnet56_passes_on_what_blocks_do_not_change() -> None:
    card = CARDS["resnet56"]
    network = card.build(card.example).eval()
    block = network.get_submodule("layer2")[0]
    with torch.no_grad():
        block.bn2.weight.zero_()
        block.bn2.bias.zero_()
    maps = torch.rand(1, 4, 6, 6)
    out = block(maps)
    assert out.shape == (1, 6, 3, 3)
    torch.testing.assert_close(out[:, 1:5], maps[:, :, ::2, ::2])
    assert not out[:, [0, 5]].any()
