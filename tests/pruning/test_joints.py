"""Torch-Pruning follows the graph of gradients where channels are found by experiment here: both have to say the same."""

import copy

import pytest
import torch
import torch_pruning
from torch import Tensor, nn

from intaglio.models.catalog import MODELS
from intaglio.pruning.widths.channels import layers_of
from intaglio.pruning.widths.example import example_inputs
from intaglio.pruning.widths.joints import Width, free_widths, widths_of
from intaglio.pruning.widths.probing import probe
from intaglio.storage.pretrained import Pretrained
from lively import enliven_

# It fails on AdaAttN; takes the K channels of LST for those of its decoder; leaves out the padded shortcuts of ResNet-56; and
# ties what is compared in an attention to what is passed on, and what LocalResponseNorm mixes not at all.
FOLLOWED = ("adain", "wct", "mccnet", "convnet", "vgg16", "resnet50")


def example(name: str) -> Pretrained:
    card = MODELS[name]
    network = card.build(card.example)
    enliven_(network)
    return Pretrained(card=card, config=card.example, network=network.eval())


def found_by_experiment(network: Pretrained) -> list[Width]:
    pictures = [picture.double() for picture in example_inputs(network.card, network.network)]
    work = copy.deepcopy(network.network).double()
    return free_widths(network.card, network.config, work, widths_of(work, probe(work, lambda one: one(*pictures))))


# WCT is not made to be traced with gradients.
@pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad=True")
@pytest.mark.parametrize("name", FOLLOWED)
def test_what_belongs_together_is_what_torch_pruning_says(name: str) -> None:
    network = example(name)
    ours = {
        frozenset((layer, side) for layer, side, _ in width[0].places): len(width) for width in found_by_experiment(network)
    }

    def forward(module: nn.Module, pictures: tuple[Tensor, ...]) -> Tensor:
        made: Tensor = module(*pictures)
        return made

    graph = torch_pruning.DependencyGraph()
    graph.build_dependency(network.network, example_inputs=example_inputs(network.card, network.network), forward_fn=forward)
    names = {layer: place for place, layer in layers_of(network.network).items()}
    theirs = {}
    for group in graph.get_all_groups():
        places = set()
        for dependency, _ in group:
            if (layer := names.get(dependency.target.module)) is not None:
                normalizing = isinstance(dependency.target.module, nn.BatchNorm2d)
                outputs = graph.is_out_channel_pruning_fn(dependency.handler)
                places |= {(layer, side) for side in ("in", "out") if normalizing or outputs == (side == "out")}
        theirs[frozenset(places)] = len(group[0].idxs)
    assert ours
    assert {places: theirs.get(places) for places in ours} == ours


@pytest.mark.parametrize("name", ["sanet", "lst", "convnet"])
def test_the_colors_and_the_classes_stay(name: str) -> None:
    network = example(name)
    fixed = {"encoder.layers.conv0", "decoder.conv1_1", "fc"}
    widths = found_by_experiment(network)
    assert widths
    assert not {layer for width in widths for layer, side, _ in width[0].places if side == "out"} & fixed


def test_what_adds_up_goes_together() -> None:
    widths = found_by_experiment(example("sanet"))
    outputs = [{layer for layer, side, _ in width[0].places if side == "out"} for width in widths]
    assert {"encoder.layers.conv4_1", "encoder.layers.conv5_1", "fine.out", "coarse.out"} in outputs


def test_groups_of_a_grouped_convolution_lose_as_many() -> None:
    widths = found_by_experiment(example("alexnet"))
    (third,) = [width for width in widths if ("conv3", "out", 0) in width[0].places]
    assert [joint.part for joint in third] == [(0,)] * 4 + [(1,)] * 4


def test_noise_is_all_that_is_random() -> None:
    network = example("mccnet")
    state = torch.random.get_rng_state()
    assert found_by_experiment(network) == found_by_experiment(network)
    assert torch.equal(torch.random.get_rng_state(), state)
