"""Spectral normalization against torch's own, and what it does to vectors and gradients."""

import copy

import pytest
import torch
from torch import nn
from torch.nn.utils import spectral_norm

from intaglio.models.gan.initialization import INITIALIZATIONS
from intaglio.models.gan.spectral import SpectralConv2d, SpectralLinear
from intaglio.vocabulary.errors import UnknownNameError


def pair() -> tuple[SpectralConv2d, nn.Module]:
    """A layer of ours and the same one by torch, with the same vectors."""
    torch.manual_seed(0)
    ours = SpectralConv2d(3, 5, 3, padding=1)
    theirs = nn.Conv2d(3, 5, 3, padding=1)
    theirs.load_state_dict({"weight": ours.weight, "bias": ours.bias})
    spectral_norm(theirs)
    theirs.load_state_dict({**theirs.state_dict(), "weight_u": ours.u, "weight_v": ours.v})
    return ours, theirs


def test_steps_gradients_and_evaluation_are_torch_s() -> None:
    ours, theirs = pair()
    maps = torch.rand(2, 3, 6, 6)
    for _ in range(3):
        # Two passes before the gradient, as of real and of made pictures.
        losses = [(layer(maps).square().sum() + layer(1 - maps).sum()) for layer in (ours, theirs)]
        torch.testing.assert_close(*losses)
        for loss in losses:
            loss.backward()
    torch.testing.assert_close(ours.weight.grad, theirs.get_parameter("weight_orig").grad)
    torch.testing.assert_close(ours.eval()(maps), theirs.eval()(maps))


def test_the_norm_is_the_largest_singular_value_in_the_end() -> None:
    layer = SpectralLinear(7, 4)
    layer.iterate_(200)
    assert float(torch.linalg.matrix_norm(layer.eval().divided().detach(), ord=2)) == pytest.approx(1, rel=1e-4)


def test_vectors_are_saved_beside_the_weight_before_its_division() -> None:
    layer, maps = SpectralConv2d(3, 5, 3), torch.rand(1, 3, 6, 6)
    layer(maps)
    assert list(layer.state_dict()) == ["weight", "bias", "u", "v"]
    again = SpectralConv2d(3, 5, 3)
    again.load_state_dict(layer.state_dict())
    assert torch.equal(again(maps), copy.deepcopy(layer)(maps))


def test_a_weight_that_is_gone_altogether_stays_gone_and_one_that_comes_back_is_normalized() -> None:
    layer = SpectralLinear(7, 4, bias=False)
    weight = layer.weight.detach().clone()
    with torch.no_grad():
        layer.weight.zero_()
    assert not layer(torch.rand(2, 7)).any()
    with torch.no_grad():
        layer.weight.copy_(weight)
    layer.iterate_(200)
    assert float(torch.linalg.matrix_norm(layer.divided().detach(), ord=2)) == pytest.approx(1, rel=1e-4)


def test_half_precision_does_not_reach_the_norm() -> None:
    layer, values = SpectralLinear(64, 64), torch.rand(2, 64)
    twin = copy.deepcopy(layer)
    layer(values)
    with torch.autocast("cpu", torch.bfloat16):
        twin(values)
    assert torch.equal(layer.u, twin.u)


@pytest.mark.parametrize("name", INITIALIZATIONS)
def test_fresh_weights_are_drawn_as_named(name: str) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(SpectralConv2d(16, 64, 3), nn.BatchNorm2d(64), nn.ConvTranspose2d(64, 32, 4), nn.Linear(32, 64))
    linear = network[3].weight.detach().clone()
    INITIALIZATIONS[name](network)
    weight = network[0].weight.detach()
    if name.startswith("xavier"):
        bound = (6 / (9 * (16 + 64))) ** 0.5
        assert bound * 0.98 < float(weight.abs().max()) <= bound
    elif name.startswith("normal"):
        assert float(weight.std()) == pytest.approx(0.02, rel=0.05)
    else:
        flat = weight.flatten(1)
        torch.testing.assert_close(flat @ flat.t(), torch.eye(64), atol=1e-5, rtol=0)
        assert not network[0].bias.any()
    assert torch.equal(network[3].weight.detach(), linear) == (not name.startswith("orthogonal"))
    assert (float(network[1].weight.detach().std()) > 0) == (not name.startswith("orthogonal"))
    # Vectors fit what was drawn: evaluating is meaningful at once.
    found = torch.linalg.matrix_norm(network.eval()[0].divided().detach().flatten(1), ord=2)
    assert float(found) == pytest.approx(1, rel=0.3)


def test_an_unknown_way_to_draw_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown initialization 'xavier'"):
        INITIALIZATIONS["xavier"]
