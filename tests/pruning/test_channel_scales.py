"""Scales of channels: a network with scales of 1 is the same, one with scales of 0 is narrower, and shares are kept."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dulled import example, pictures
from intaglio.pruning.channel_scales import add_channel_scales_, folded_state, refuse_other_scales, surviving
from intaglio.pruning.slimming import shrink_
from intaglio.pruning.widths.narrowable import narrowable
from intaglio.vocabulary.errors import OptionError

KINDS = ("resnet-generator", "deep-conv-generator", "cyclegan-generator", "resnet-discriminator", "patch-discriminator")


@pytest.mark.parametrize("name", KINDS)
def test_scales_of_one_change_no_bit_and_others_are_folded(name: str) -> None:
    network = example(name)
    taken, before = pictures(network, 0), copy.deepcopy(network.network)
    scales = add_channel_scales_(network.network, narrowable(network.card, network.config, network.network))
    assert torch.equal(network.network(*taken), before(*taken))
    with torch.no_grad():
        for scale in scales.values():
            scale.copy_(torch.rand(len(scale)))
    scaled = network.network(*taken)
    assert not torch.allclose(scaled, before(*taken))
    before.load_state_dict(folded_state(network.network))
    assert torch.equal(before(*taken), scaled)


def test_a_step_of_a_scaled_network_moves_weights_and_scales_and_shrinking_is_proximal() -> None:
    network = example("resnet-generator")
    scales = add_channel_scales_(network.network, narrowable(network.card, network.config, network.network))
    network.network.requires_grad_(True)
    network.network(*pictures(network, 0)).square().sum().backward()
    assert all(one.grad is not None and one.grad.abs().min() > 0 for one in scales.values())
    values = torch.tensor([0.3, -0.3, 0.05, 0.0])
    shrink_([values], 0.1)
    assert torch.allclose(values, torch.tensor([0.2, -0.2, 0.0, 0.0]))
    # sign(s) max(|s| - t, 0) is what minimizes t |x| + (x - s)^2 / 2.
    grid = torch.linspace(-1, 1, 2001)
    assert float(grid[(0.1 * grid.abs() + (grid - 0.3).square() / 2).argmin()]) == pytest.approx(0.2, abs=1e-3)


def drawn(sizes: list[int], seed: int) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    return {str(number): torch.rand(size) + 0.01 for number, size in enumerate(sizes)}


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.floats(0.01, 1), st.integers(0, 99))
def test_shares_are_kept_by_rank_and_no_layer_vanishes(sizes: list[int], keep: float, seed: int) -> None:
    scales = drawn(sizes, seed)
    kept = surviving(scales, keep)
    assert sum(int(one.sum()) for one in kept.values()) == max(len(sizes), round(keep * sum(sizes)))
    lost = [float(scales[name][~one].max()) for name, one in kept.items() if not one.all()]
    for name, one in kept.items():
        assert bool(one[scales[name].argmax()])
        others = scales[name][one].sort().values[:-1]
        assert not lost or not len(others) or float(others[0]) >= max(lost)
    layers = surviving(scales, keep, "layer")
    assert [int(one.sum()) for one in layers.values()] == [max(1, round(keep * size)) for size in sizes]


def test_without_a_share_all_with_a_scale_stay_and_a_share_of_one_keeps_all() -> None:
    scales = {"a": torch.tensor([0.0, -0.5, 0.1]), "b": torch.tensor([1.0, 0.0])}
    assert {name: one.tolist() for name, one in surviving(scales).items()} == {"a": [False, True, True], "b": [True, False]}
    assert all(bool(one.all()) for one in surviving({**scales, "c": torch.zeros(2)}, 1.0).values())


@pytest.mark.parametrize("keep", [0.0, -0.1, 1.01, float("nan")])
def test_shares_out_of_range_are_refused(keep: float) -> None:
    with pytest.raises(OptionError, match=r"of the channels cannot be kept; give more than 0 and at most 1"):
        surviving({"a": torch.ones(2)}, keep)


@pytest.mark.parametrize("keep", [None, 0.5])
def test_a_layer_that_would_vanish_is_refused(keep: float | None) -> None:
    with pytest.raises(OptionError, match=r"all 2 channels of b have a scale of zero, and it would vanish; slim with less"):
        surviving({"a": torch.ones(2), "b": torch.zeros(2)}, keep)
    with pytest.raises(OptionError, match=r"there are no scales to choose channels by"):
        surviving({}, keep)


def test_scales_of_another_network_are_refused() -> None:
    widths = {"a": [1, 2]}
    with pytest.raises(OptionError, match=r"there are scales for b, which is no width of the network; its widths are a"):
        refuse_other_scales({"b": torch.ones(2)}, widths)
    with pytest.raises(OptionError, match=r"a has 2 channels and 3 scales; give the network that was slimmed"):
        refuse_other_scales({"a": torch.ones(3)}, widths)
