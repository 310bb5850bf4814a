import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor

from intaglio.pruning.magnitude import global_magnitude, layerwise_magnitude
from intaglio.pruning.mask import Mask
from intaglio.vocabulary.errors import InputError, OptionError, WeightsError
from pruning.masks import weighted

shares = st.floats(0, 1, exclude_max=True)


def empties(before: Mask, after: Mask) -> bool:
    return any(bool(before[name].any()) and not bool(after[name].any()) for name in before)


def by_hand(mask: Mask, weights: dict[str, Tensor], count: int) -> Mask:
    """Sorted by magnitude, then name, then position."""
    ranked = sorted(
        (float(abs(weights[name].flatten()[place])), name, place)
        for name, kept in mask.items()
        for place in kept.flatten().nonzero()[:, 0].tolist()
    )
    left = {name: kept.clone() for name, kept in mask.items()}
    for _, name, place in ranked[:count]:
        left[name].view(-1)[place] = False
    return Mask(left)


@given(weighted(), shares)
def test_the_smallest_of_all_go_and_of_equals_the_first(given_: tuple[Mask, dict[str, Tensor]], share: float) -> None:
    mask, weights = given_
    expected = by_hand(mask, weights, round(share * mask.kept))
    if empties(mask, expected):
        with pytest.raises(InputError, match="would lose its last weight; prune less, or keep a floor"):
            global_magnitude(weights, mask, share)
        return
    assert global_magnitude(weights, mask, share) == expected


@given(weighted(), shares)
def test_every_tensor_loses_its_share(given_: tuple[Mask, dict[str, Tensor]], share: float) -> None:
    mask, weights = given_
    expected = {name: by_hand(Mask({name: kept}), weights, round(share * int(kept.sum())))[name] for name, kept in mask.items()}
    assume(not empties(mask, Mask(expected)))
    assert layerwise_magnitude(weights, mask, share) == Mask(expected)


@given(weighted(), shares, st.floats(0.01, 0.5))
def test_a_floor_stays_in_every_tensor_and_the_count_is_still_exact(
    given_: tuple[Mask, dict[str, Tensor]], share: float, floor: float
) -> None:
    mask, weights = given_
    staying = {name: min(int(kept.sum()), math.ceil(floor * kept.numel())) for name, kept in mask.items()}
    removed = round(share * mask.kept)
    if removed > mask.kept - sum(staying.values()):
        with pytest.raises(OptionError, match=r"weights are to go, and a floor of .* may; lower one of them"):
            global_magnitude(weights, mask, share, floor=floor)
        return
    left = global_magnitude(weights, mask, share, floor=floor)
    assert left <= mask
    assert mask.kept - left.kept == removed
    assert all(int(left[name].sum()) >= count for name, count in staying.items())


def test_rounds_of_a_fifth_have_the_sparsities_of_the_papers() -> None:
    torch.manual_seed(0)
    weights = {"a": torch.randn(400, 500), "b": torch.randn(300_000)}
    mask, seen = Mask.full(weights), []
    for _ in range(12):
        mask = global_magnitude(weights, mask, 0.2)
        seen.append(mask.sparsity)
    assert seen == pytest.approx([1 - 0.8**number for number in range(1, 13)], abs=1e-5)
    printed = [20.0, 36.0, 48.8, 59.0, 67.2, 73.7, 79.0, 83.2, 86.5, 89.2, 91.4, 93.1]
    assert [math.floor(1000 * one + 1e-3) / 10 for one in seen] == printed


@pytest.mark.parametrize("share", [-0.1, 1.0, 1.5, math.nan])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    weights = {"a": torch.ones(4)}
    for prune in (global_magnitude, layerwise_magnitude):
        with pytest.raises(OptionError, match="at least 0 and less than 1"):
            prune(weights, Mask.full(weights), share)
    with pytest.raises(OptionError, match=r"^floor is "):
        global_magnitude(weights, Mask.full(weights), 0.5, floor=share)


def test_weights_that_cannot_be_ranked_are_refused() -> None:
    weights = {"a": torch.tensor([1.0, torch.nan])}
    with pytest.raises(WeightsError, match="a has values that are not finite"):
        global_magnitude(weights, Mask.full(weights), 0.5)
    with pytest.raises(WeightsError, match="of another network"):
        global_magnitude({"b": torch.ones(2)}, Mask.full(weights), 0.5)
