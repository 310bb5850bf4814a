import pytest
import torch

from intaglio.pruning.catalog import PRUNERS, pruned
from intaglio.pruning.mask import Mask
from intaglio.vocabulary.errors import OptionError

every_pruner = pytest.mark.parametrize("name", PRUNERS)


def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {"a": torch.randn(20, 30), "b": torch.randn(7, 5, 3, 3), "c": torch.randn(80)}


@every_pruner
@pytest.mark.parametrize("sparsity", [0.0, 0.333, 0.892])
def test_a_cut_is_as_large_as_asked_for_and_the_seed_decides(name: str, sparsity: float) -> None:
    given = weights()
    mask = pruned(PRUNERS[name], given, Mask.full(given), sparsity, seed=1)
    assert mask.shapes() == Mask.full(given).shapes()
    # By layers, each is rounded.
    assert abs(mask.kept - (mask.count - round(sparsity * mask.count))) <= len(given) * name.startswith("layerwise")
    assert mask == pruned(PRUNERS[name], given, Mask.full(given), sparsity, seed=1)


@pytest.mark.parametrize("name", [name for name in PRUNERS if name != "erk"])
def test_what_is_gone_stays_gone_and_counts(name: str) -> None:
    given = weights()
    half = pruned(PRUNERS["uniform-random"], given, Mask.full(given), 0.5)
    more = pruned(PRUNERS[name], given, half, 0.8, seed=2)
    assert more <= half
    assert more.sparsity == pytest.approx(0.8, abs=3 / more.count)
    with pytest.raises(OptionError, match=r"80\.\d\d% of the weights are gone already, more than 50\.00%; ask for more"):
        pruned(PRUNERS[name], given, more, 0.5)


def test_erk_needs_all_weights_to_choose_among() -> None:
    given = weights()
    half = pruned(PRUNERS["uniform-random"], given, Mask.full(given), 0.5)
    with pytest.raises(OptionError, match="erk chooses among all weights, and some are gone already"):
        pruned(PRUNERS["erk"], given, half, 0.8)


@every_pruner
def test_a_floor_is_kept_or_refused(name: str) -> None:
    given = weights()
    mask = pruned(PRUNERS[name], given, Mask.full(given), 0.6, floor=0.3)
    if name != "erk":
        assert all(int(kept.sum()) >= 0.3 * kept.numel() for kept in mask.values())
    with pytest.raises(OptionError, match=r"a floor of 0\.5 leaves .*; lower one of them"):
        pruned(PRUNERS[name], given, Mask.full(given), 0.6, floor=0.5)


@every_pruner
@pytest.mark.parametrize("sparsity", [-0.1, 1.0])
def test_a_sparsity_out_of_range_is_refused(name: str, sparsity: float) -> None:
    given = weights()
    with pytest.raises(OptionError, match=r"sparsity is .*; it has to be at least 0 and less than 1"):
        pruned(PRUNERS[name], given, Mask.full(given), sparsity)
