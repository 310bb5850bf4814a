"""The arithmetic of `Reach` against the sets of inputs that each output depends on, written out."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intaglio.runtime.reach import Reach

Kind = Literal["point", "window", "pairs", "halve", "pooled", "stride", "double", "spread"]
REACHES = [Reach(kind) for kind in ("point", "window", "halve", "pooled", "stride", "double", "spread", "pairs")]
REACHES += [Reach("halve", ceil=True), Reach("pooled", ceil=True), Reach("window", radius=3), Reach("pairs", radius=3)]
ANY_REACH = st.sampled_from(REACHES)


def ends_of(reach: Reach, output: int) -> tuple[int, int]:
    """First and last input that one output depends on, outside of the picture too."""
    radius = reach.radius
    first: dict[Kind, int] = {"point": output, "window": output - radius, "halve": 2 * output, "double": output // 2 - 1}
    last: dict[Kind, int] = {"point": output, "window": output + radius, "halve": 2 * output + 1, "double": output // 2 + 1}
    # Two outputs that come together see the union of their windows.
    first["pairs"], last["pairs"] = output // 2 * 2 - radius, output // 2 * 2 + 1 + radius
    first["pooled"], last["pooled"] = 2 * output - 1, 2 * output + 2
    first["stride"], last["stride"] = 2 * output - 1, 2 * output + 1
    first["spread"], last["spread"] = output // 2, output // 2 + 1
    return first[reach.kind], last[reach.kind]


def inputs_of(reach: Reach, output: int, total: int) -> set[int]:
    """Inputs that one output depends on, inside the picture."""
    first, last = ends_of(reach, output)
    return set(range(max(0, first), min(total - 1, last) + 1))


def length_of(reach: Reach, total: int) -> int:
    lengths: dict[Kind, int] = {
        "point": total,
        "window": total,
        "pairs": total,
        "halve": -(-total // 2) if reach.ceil else total // 2,
        "pooled": -(-total // 2) if reach.ceil else total // 2,
        "stride": -(-total // 2),
        "double": 2 * total,
        "spread": 2 * total,
    }
    return lengths[reach.kind]


@st.composite
def reach_and_total(draw: st.DrawFn) -> tuple[Reach, int]:
    reach = draw(ANY_REACH)
    total = draw(st.integers(2, 40))
    # Pairs are promised an even side.
    return reach, total + total % 2 if reach.kind == "pairs" else total


@given(reach_and_total())
def test_the_length_is_that_of_the_layer(case: tuple[Reach, int]) -> None:
    reach, total = case
    assert reach.length(total) == length_of(reach, total)


@given(reach_and_total(), st.data())
def test_ready_is_exactly_what_the_inputs_so_far_allow(case: tuple[Reach, int], data: st.DataObject) -> None:
    reach, total = case
    have = data.draw(st.integers(0, total))
    there = set(range(have))
    possible = 0
    while possible < length_of(reach, total) and inputs_of(reach, possible, total) <= there:
        possible += 1
    assert reach.ready(have, total) == possible


@given(reach_and_total(), st.data())
def test_everything_before_first_needed_can_be_forgotten_and_nothing_after(
    case: tuple[Reach, int], data: st.DataObject
) -> None:
    reach, total = case
    done = reach.ready(data.draw(st.integers(0, total)), total)
    later = [inputs_of(reach, output, total) for output in range(done, length_of(reach, total))]
    if later:
        assert reach.first_needed(done) == min(set.union(*later))


@given(reach_and_total(), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_any_pieces_give_every_output_once_and_in_order(case: tuple[Reach, int], sizes: list[int]) -> None:
    reach, total = case
    have, done = 0, 0
    while have < total:
        kept = reach.first_needed(done)
        have = min(total, have + sizes[have % len(sizes)])
        ready = reach.ready(have, total)
        assert ready >= done
        for output in range(done, ready):
            assert inputs_of(reach, output, total) <= set(range(kept, have))
        done = ready
    assert done == length_of(reach, total)


@given(reach_and_total(), st.data())
def test_what_an_output_needs_before_the_first_input_is_what_is_padded(case: tuple[Reach, int], data: st.DataObject) -> None:
    reach, total = case
    done = reach.ready(data.draw(st.integers(0, total)), total)
    if done < length_of(reach, total):
        assert reach.before(done) == max(0, -ends_of(reach, done)[0])


@pytest.mark.parametrize("reach", REACHES, ids=lambda reach: f"{reach.kind}{'-ceil' * reach.ceil}-{reach.radius}")
def test_no_operator_keeps_more_than_it_says(reach: Reach) -> None:
    assert max(have - min(have, reach.first_needed(reach.ready(have, 40))) for have in range(40)) <= reach.carried
    assert reach.carried <= (3 if reach.radius == 1 else 7)
