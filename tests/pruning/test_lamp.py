import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from intaglio.pruning.lamp import lamp, lamp_scores
from intaglio.pruning.mask import Mask
from intaglio.vocabulary.errors import WeightsError


def test_scores_are_those_of_the_paper() -> None:
    weight = torch.tensor([[3.0, -1.0], [2.0, 0.5]])
    every = torch.ones(2, 2, dtype=torch.bool)
    assert lamp_scores(weight, every).flatten().tolist() == pytest.approx([1.0, 1 / 14, 4 / 13, 0.25 / 14.25])
    without = every.clone()
    without[0, 0] = False
    # What is gone counts for nobody.
    assert lamp_scores(weight, without).flatten().tolist() == pytest.approx([0.0, 1 / 5, 1.0, 0.25 / 5.25])


# Powers of two change no digit.
@given(scale=st.sampled_from([2.0**power for power in range(-8, 9)]), share=st.floats(0, 0.95), seed=st.integers(0, 100))
def test_the_scale_of_a_layer_does_not_matter_and_none_is_emptied(scale: float, share: float, seed: int) -> None:
    torch.manual_seed(seed)
    weights = {"a": torch.randn(6, 5), "b": torch.randn(40)}
    full = Mask.full(weights)
    mask = lamp(weights, full, share)
    assert mask == lamp({**weights, "b": scale * weights["b"]}, full, share)
    assert mask.kept == full.count - round(share * full.count)
    assert all(kept.any() for kept in mask.values())


def test_inside_a_layer_it_is_magnitude() -> None:
    torch.manual_seed(0)
    weights = {"a": torch.randn(50)}
    kept = lamp(weights, Mask.full(weights), 0.6)["a"]
    assert weights["a"][kept].abs().min() > weights["a"][~kept].abs().max()


def test_zeros_and_weights_of_another_network() -> None:
    weights = {"a": torch.zeros(10), "b": torch.randn(10)}
    assert lamp(weights, Mask.full(weights), 0.5, floor=0.2).kept == 10
    with pytest.raises(WeightsError):
        lamp({"a": torch.zeros(3)}, Mask.full(weights), 0.5)
