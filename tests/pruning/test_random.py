import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from intaglio.pruning.mask import Mask
from intaglio.pruning.random import erk_random, layerwise_random, uniform_random
from intaglio.vocabulary.errors import InputError, OptionError
from pruning.masks import Shapes, masks, shapes

VGG = {"conv1": (64, 3, 3, 3), "conv2": (64, 64, 3, 3), "conv3": (128, 64, 3, 3), "conv4": (512, 256, 3, 3)}


def full(of: Shapes) -> Mask:
    return Mask({name: torch.ones(shape, dtype=torch.bool) for name, shape in of.items()})


@given(masks(), st.floats(0, 0.9), st.integers(0, 2**63 - 1))
def test_counts_are_exact_and_the_seed_decides(mask: Mask, share: float, seed: int) -> None:
    try:
        left = uniform_random(mask, share, seed)
    except InputError:
        return
    assert left <= mask
    assert mask.kept - left.kept == round(share * mask.kept)
    assert uniform_random(mask, share, seed) == left


def test_every_tensor_loses_its_share() -> None:
    left = layerwise_random(full(VGG), 0.7, 3)
    assert all(int(kept.sum()) == kept.numel() - round(0.7 * kept.numel()) for kept in left.values())
    assert left != layerwise_random(full(VGG), 0.7, 4)
    assert left == layerwise_random(full(VGG), 0.7, 3)


def test_a_draw_is_spread_over_all_weights() -> None:
    left = uniform_random(full(VGG), 0.7, 0)
    for kept in left.values():
        assert float(kept.float().mean()) == pytest.approx(0.3, abs=4 * math.sqrt(0.21 / kept.numel()))


@given(shapes, st.floats(0, 0.99), st.integers(0, 100))
def test_erk_has_the_sparsity_asked_for_and_empties_nothing(of: Shapes, sparsity: float, seed: int) -> None:
    count = full(of).count
    if count - round(sparsity * count) < len(of):
        with pytest.raises(OptionError, match="do not go round"):
            erk_random(of, sparsity, seed)
        return
    mask = erk_random(of, sparsity, seed)
    assert mask.kept == count - round(sparsity * count)
    assert all(bool(kept.any()) for kept in mask.values())
    assert mask == erk_random(of, sparsity, seed)


def test_erk_gives_tensors_the_densities_of_their_shapes() -> None:
    mask = erk_random(VGG, 0.9, 0)
    density = {name: float(kept.float().mean()) for name, kept in mask.items()}
    assert density["conv1"] == 1.0
    raw = {name: sum(shape) / math.prod(shape) for name, shape in VGG.items()}
    for name in ("conv3", "conv4"):
        assert density[name] / density["conv2"] == pytest.approx(raw[name] / raw["conv2"], rel=1e-2)


@pytest.mark.parametrize("sparsity", [-0.5, 1.0])
def test_a_sparsity_out_of_range_is_refused(sparsity: float) -> None:
    with pytest.raises(OptionError, match=r"^sparsity is "):
        erk_random(VGG, sparsity, 0)
