import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from intaglio.pruning.increments import centre_symmetric, two_sided

# N_c = 100, A = 1, u = 0.25: rank -> increment, derived from the two requirements that the paper states.
PLACES = (0, 10, 25, 50, 75, 90, 99)
TABLE = {
    0.25: (1, 0.4353, 0, -3.5, -31.5, -110.93, -235.07),
    0.50: (1, 0.6598, 0.3536, 0, -0.9142, -2.139, -3.337),
    0.75: (1, 0.7579, 0.5, 0.25, 0, -0.2579, -0.4727),
    0.90: (1, 0.7937, 0.5612, 0.3150, 0.1464, 0, -0.1156),
}


@pytest.mark.parametrize("ratio", TABLE)
def test_the_increments_are_those_of_the_table(ratio: float) -> None:
    found = centre_symmetric(torch.tensor(PLACES), ratio * 100, 1.0, lowest=-1e9)
    # Of the large ones the table gives five digits.
    assert found.tolist() == pytest.approx(TABLE[ratio], rel=5e-5, abs=5e-5)


@given(goal=st.integers(1, 10_000), flatness=st.floats(0.01, 0.99), largest=st.floats(1e-5, 10))
def test_increments_fall_and_are_zero_where_the_goal_is(goal: int, flatness: float, largest: float) -> None:
    ranks = torch.arange(2 * goal + 1)
    found = centre_symmetric(ranks, goal, largest, flatness=flatness, lowest=-100 * largest)
    assert bool(found.isfinite().all())
    assert float(found[0]) == pytest.approx(largest)
    assert float(found[goal]) == pytest.approx(0, abs=1e-9 * largest)
    above = found[found > -100 * largest]
    assert bool((above.diff() < 0).all())
    assert bool((found >= -100 * largest).all())
    centre = goal * math.log(1 / flatness) / math.log(2 / flatness)
    assert float(centre_symmetric(torch.tensor([centre]), goal, largest, flatness=flatness)[0]) == pytest.approx(
        flatness * largest
    )


def test_many_groups_and_one_to_go_do_not_overflow() -> None:
    found = centre_symmetric(torch.arange(10_000), 1, 0.05)
    assert bool(found.isfinite().all())
    assert float(found[-1]) == -1.0


def test_the_second_scheme_is_that_of_the_table() -> None:
    found = two_sided(torch.tensor([0, 25, 50, 74, 75, 90, 99]), 75, 100, 1.0)
    assert found.tolist() == pytest.approx([1, 0.459, 0.211, 0.1, -0.1, -0.422, -1], abs=5e-4)


@pytest.mark.parametrize(("goal", "active"), [(1, 2), (1, 5), (4, 5), (5, 5)])
def test_the_second_scheme_at_its_ends(goal: int, active: int) -> None:
    found = two_sided(torch.arange(active), goal, active, 2.0)
    assert bool(found.isfinite().all())
    assert bool((found[:goal] > 0).all())
    assert bool((found[goal:] < 0).all())
    assert float(found[0]) == 2.0
