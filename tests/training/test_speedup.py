from typing import Any

import pytest
import torch

from intaglio.models.catalog import MODELS
from intaglio.pruning.groups import GROUPINGS
from intaglio.storage.pretrained import Pretrained
from intaglio.training.speedup import convolutions_of, ratios_for_speedup, speedup_of, uniform_ratios
from intaglio.vocabulary.errors import OptionError


def built(name: str, **changes: Any) -> Pretrained:
    card = MODELS[name]
    config = card.config(**changes)
    with torch.device("meta"):
        return Pretrained(card=card, config=config, network=card.build(config))


def macs(network: Pretrained) -> int:
    return sum(layer.macs_per_pixel for layer in convolutions_of(network.network))


@pytest.mark.parametrize("grouping", ["filters", "channels", "columns"])
@pytest.mark.parametrize("name", ["convnet", "vgg16", "resnet56", "adain"])
@pytest.mark.parametrize("speedup", [1.0, 2.0])
def test_ratios_give_the_speedup_and_little_more(name: str, grouping: str, speedup: float) -> None:
    network, groups = built(name), GROUPINGS[grouping]
    ratios = ratios_for_speedup(network, speedup, groups)
    assert speedup <= speedup_of(network, ratios, groups) <= speedup * 1.1
    assert (max(ratios.values()) == 0) == (speedup == 1)


@pytest.mark.parametrize("name", ["vgg16", "adain"])
def test_filters_that_stay_can_be_multiples(name: str) -> None:
    network, filters = built(name), GROUPINGS["filters"]
    ratios = ratios_for_speedup(network, 2.0, filters, multiple=16)
    widths = {layer.name: layer.outputs for layer in convolutions_of(network.network)}
    left = {layer: round(widths[layer] * (1 - ratio)) for layer, ratio in ratios.items()}
    assert all(width % 16 == 0 for width in left.values())
    assert any(width < widths[layer] for layer, width in left.items())
    assert speedup_of(network, ratios, filters) >= 2
    with pytest.raises(OptionError, match="widths cannot be multiples of 0"):
        ratios_for_speedup(network, 2.0, filters, multiple=0)


def test_a_speedup_by_filters_is_that_of_the_narrower_network() -> None:
    network, filters = built("convnet", widths=(32, 40, 50)), GROUPINGS["filters"]
    narrow = built("convnet", widths=(16, 20, 13))
    ratios = {"conv1": 0.5, "conv2": 0.5, "conv3": 0.73}
    assert speedup_of(network, ratios, filters) == pytest.approx(macs(network) / macs(narrow))
    wide = built("resnet56")
    ratios = uniform_ratios(wide, 0.5, filters)
    assert list(ratios)[:2] == ["layer1.0.conv1", "layer1.1.conv1"]
    assert not [name for name in ratios if not name.endswith(".conv1")]
    thin = built("resnet56", inner=tuple((width // 2,) * 9 for width in (16, 32, 64)))
    assert speedup_of(wide, ratios, filters) == pytest.approx(macs(wide) / macs(thin))


def test_channels_make_the_layer_before_narrower() -> None:
    network = built("convnet", widths=(32, 40, 50))
    narrow = built("convnet", widths=(16, 10, 50))
    found = speedup_of(network, {"conv2": 0.5, "conv3": 0.75}, GROUPINGS["channels"])
    assert found == pytest.approx(macs(network) / macs(narrow))


def test_columns_take_all_but_the_first_layer_and_change_no_other() -> None:
    network = built("resnet50")
    ratios = uniform_ratios(network, 0.5, GROUPINGS["columns"])
    assert list(ratios) == [layer.name for layer in convolutions_of(network.network)][1:]
    # 53 layers at half, but for the first: the profile of the authors' code is nearly this one.
    assert speedup_of(network, ratios, GROUPINGS["columns"]) == pytest.approx(1.94, abs=0.02)
    assert speedup_of(network, {}, GROUPINGS["columns"]) == 1


def test_style_networks_keep_their_ends_and_what_is_attended_to() -> None:
    adain, card, wct = built("adain"), MODELS["sanet"], MODELS["wct"]
    sanet = Pretrained(card=card, config=card.example, network=card.build(card.example))
    layers = uniform_ratios(adain, 0.5, GROUPINGS["filters"])
    assert len(layers) == 16
    assert not [name for name in layers if name.endswith(("conv0", "encoder.layers.conv1_1", "decoder.conv1_1"))]
    attended = {"encoder.layers.conv4_1", "encoder.layers.conv5_1"}
    whole, single = (set(uniform_ratios(sanet, 0.5, GROUPINGS[grouping])) for grouping in ("columns", "filters"))
    assert whole - single == attended
    with pytest.raises(OptionError, match="wct has no layer whose filters may go; prune something else"):
        uniform_ratios(Pretrained(card=wct, config=wct.example, network=wct.build(wct.example)), 0.5, GROUPINGS["filters"])


def test_layers_of_one_filter_keep_it_and_what_cannot_be_reached_is_told() -> None:
    network = built("convnet", widths=(1, 1, 1))
    filters = GROUPINGS["filters"]
    with pytest.raises(OptionError, match="a speedup of 2 times is more than there is to gain, at most 1 times; ask for less"):
        ratios_for_speedup(network, 2, filters)
    assert ratios_for_speedup(network, 1, filters) == {"conv1": 0, "conv2": 0, "conv3": 0}
    # A channel stays, of 32 each; the first convolution reads the picture's, and loses none.
    with pytest.raises(OptionError, match=r"a speedup of 80 times is more than there is to gain, at most \d+\.?\d* times"):
        ratios_for_speedup(built("convnet"), 80, GROUPINGS["channels"])
    assert list(ratios_for_speedup(built("convnet"), 2, GROUPINGS["channels"])) == ["conv2", "conv3"]
    assert list(ratios_for_speedup(built("convnet"), 2, GROUPINGS["columns"])) == ["conv1", "conv2", "conv3"]
    for wrong in (0.5, float("nan")):
        with pytest.raises(OptionError, match=r"speedup is .*; it has to be at least 1"):
            ratios_for_speedup(network, wrong, filters)
    with pytest.raises(OptionError, match="fc is no convolution that runs; they are conv1, conv2, conv3"):
        speedup_of(network, {"fc": 0.5}, filters)
