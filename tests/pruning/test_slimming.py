import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from intaglio.pruning.mask import Mask
from intaglio.pruning.slimming import scaled, shrink_, slimmed
from intaglio.vocabulary.errors import OptionError


def network() -> nn.Sequential:
    torch.manual_seed(0)
    made = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Conv2d(6, 4, 3))
    with torch.no_grad():
        made[0].weight[2] = 0
    return made


def test_scales_change_nothing_and_compare_between_layers() -> None:
    made, picture = network(), torch.rand(1, 3, 9, 9)
    before, weights = made(picture), {name: one.clone() for name, one in made.state_dict().items()}
    names = ["0.weight", "2.weight"]
    with scaled(made, names) as scales:
        assert [len(scales[name]) for name in names] == [6, 4]
        learning = {id(parameter) for parameter in made.parameters()}
        assert all(id(scale) in learning for scale in scales.values())
        torch.testing.assert_close(made(picture), before)
        for scale in scales.values():
            assert float(scale.detach().square().mean()) == pytest.approx(1.0, abs=1e-4)
        with torch.no_grad():
            scales["2.weight"].mul_(0.5)
    assert set(made.state_dict()) == set(weights)
    torch.testing.assert_close(made[0].weight.detach(), weights["0.weight"])
    torch.testing.assert_close(made[2].weight.detach(), 0.5 * weights["2.weight"])
    assert all(isinstance(layer.weight, nn.Parameter) for layer in (made[0], made[2]))


def test_scales_go_when_training_fails() -> None:
    made = network()
    with pytest.raises(RuntimeError, match="stopped"), scaled(made, ["0.weight"]):
        raise RuntimeError("stopped")
    assert "weight" in dict(made[0].named_parameters())


def test_scales_shrink_to_zero_and_no_further() -> None:
    scales = [torch.tensor([0.5, -0.2, 0.05])]
    shrink_(scales, 0.1)
    assert scales[0].tolist() == pytest.approx([0.4, -0.1, 0.0])


@given(sparsity=st.floats(0, 0.7), seed=st.integers(0, 50))
def test_whole_filters_go_the_smallest_first(sparsity: float, seed: int) -> None:
    torch.manual_seed(seed)
    full = Mask({"a": torch.ones(6, 3, 2, 2, dtype=torch.bool), "b": torch.ones(4, 6, dtype=torch.bool)})
    scales = {"a": torch.rand(6), "b": torch.rand(4)}
    left = slimmed(scales, full, sparsity)
    kept = {name: one.flatten(1).any(dim=1) for name, one in left.items()}
    assert all(torch.equal(one.flatten(1).all(dim=1), kept[name]) for name, one in left.items())
    assert all(kept[name][scale.argmax()] for name, scale in scales.items())
    room = round(sparsity * full.count) - (full.count - left.kept)
    assert 0 <= room < 12
    gone = [float(scale) for name, one in scales.items() for scale in one[~kept[name]]]
    staying = [float(scale) for name, one in scales.items() for scale in one[kept[name]] if scale != one.max()]
    assert max(gone, default=0) <= min(staying, default=1)


def test_weights_without_scales_stay_and_too_much_is_refused() -> None:
    full = Mask({"a": torch.ones(4, 5, dtype=torch.bool), "rest": torch.ones(20, dtype=torch.bool)})
    left = slimmed({"a": torch.rand(4)}, full, 0.25)
    assert left["rest"].all()
    with pytest.raises(OptionError, match=r"a sparsity of 90\.0% is more than filters allow, 37\.5%; ask for less"):
        slimmed({"a": torch.rand(4)}, full, 0.9)
