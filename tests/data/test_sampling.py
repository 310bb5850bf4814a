"""Positions alone say which picture comes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from intaglio.data import sampling
from intaglio.data.sampling import index

SEEDS = st.integers(0, 2**63 - 1)


@given(st.integers(1, 60), SEEDS, st.integers(0, 10**6))
def test_each_epoch_visits_every_picture_once(length: int, seed: int, epoch: int) -> None:
    visited = [index(position, length, seed) for position in range(epoch * length, (epoch + 1) * length)]
    assert sorted(visited) == list(range(length))


@given(SEEDS, SEEDS)
def test_seeds_agree_exactly_when_their_orders_do(one: int, other: int) -> None:
    orders = [[index(position, 100, seed) for position in range(100)] for seed in (one, other)]
    assert (orders[0] == orders[1]) == (one == other)


def test_epochs_have_orders_of_their_own() -> None:
    epochs = {tuple(index(epoch * 30 + offset, 30, 0) for offset in range(30)) for epoch in range(50)}
    assert len(epochs) == 50


def test_orders_are_the_same_on_every_machine_and_in_every_process() -> None:
    assert [index(position, 10, 7) for position in range(6)] == [3, 5, 9, 8, 2, 6]


def test_what_was_asked_before_changes_nothing() -> None:
    forward = [index(position, 17, 3) for position in range(300)]
    sampling._order.cache_clear()
    assert [index(position, 17, 3) for position in reversed(range(300))] == forward[::-1]


def test_every_picture_is_as_likely_at_every_place() -> None:
    counts = np.zeros((5, 5))
    for epoch in range(1000):
        for place in range(5):
            counts[place, index(epoch * 5 + place, 5, 1)] += 1
    # Each count is binomial: 1000 draws of 1/5 have a standard deviation of 12.6.
    np.testing.assert_allclose(counts, 200, atol=4 * 12.6)
