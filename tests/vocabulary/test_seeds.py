"""Every draw has a seed of its own, the same on every machine."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from intaglio.vocabulary.seeds import derive_seed

NAMES = st.lists(
    st.one_of(st.integers(), st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x1f"))), max_size=4
)


def test_seeds_are_the_same_in_every_process() -> None:
    assert derive_seed(0) == 3_456_079_177_858_693_020
    assert derive_seed(7, "crops", 12) == 8_219_593_725_631_175_069


def test_different_names_give_different_seeds() -> None:
    names = [(), ("a",), ("b",), ("a", "b"), ("ab",), ("a", 1), ("a", "1"), (1,), ("1",)]
    seeds = [derive_seed(root, *name) for root, name in product((0, 1), names)]
    assert len(set(seeds)) == len(seeds)


@given(st.integers(), NAMES, st.integers(), NAMES)
def test_seeds_agree_exactly_when_root_and_names_do(root: int, names: list[str], other: int, others: list[str]) -> None:
    same = (root, [*map(repr, names)]) == (other, [*map(repr, others)])
    assert (derive_seed(root, *names) == derive_seed(other, *others)) == same


@given(st.integers(), NAMES)
def test_seeds_fit_into_63_bits(root: int, names: list[str]) -> None:
    assert 0 <= derive_seed(root, *names) < 2**63
