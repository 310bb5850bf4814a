from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intaglio.metrics.spread import spread


def test_one_pair_has_no_uncertainty_to_tell() -> None:
    only = spread([3.0], ["a"], ["b"])
    assert (only.mean, only.standard_error, only.low, only.high) == (3.0, None, None, None)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20))
def test_pairs_that_share_nothing_have_the_usual_standard_error(values: list[float]) -> None:
    found = spread(values, range(len(values)), range(len(values)))
    assert found.mean == pytest.approx(mean(values))
    assert found.standard_error == pytest.approx(stdev(values) / len(values) ** 0.5, abs=1e-9)


def test_the_interval_is_the_mean_and_two_standard_errors_to_both_sides() -> None:
    found = spread([1.0, 2.0, 3.0], "abc", "xyz")
    assert found.standard_error == pytest.approx(3**-0.5)
    assert found.low == pytest.approx(2 - 1.959964 * 3**-0.5)
    assert found.high == pytest.approx(2 + 1.959964 * 3**-0.5)


def test_pairs_that_repeat_their_content_say_no_more_than_the_contents() -> None:
    # Two contents, each with four styles that do not matter: as unsure as two independent values.
    values, contents, styles = [0.0] * 4 + [1.0] * 4, "aaaabbbb", "wxyzwxyz"
    assert spread(values, contents, styles).standard_error == pytest.approx(stdev([0, 1]) / 2**0.5, rel=0.1)
    assert spread(values, range(8), range(8)).standard_error == pytest.approx(stdev(values) / 8**0.5)


def test_clustering_by_hand() -> None:
    # Residuals -1.5 -0.5 / 0.5 1.5: rows -2 and 2, columns -1 and 1.
    found = spread([1.0, 2.0, 3.0, 4.0], "aabb", "xyxy")
    variance = 2 * (4 + 4) / 16 + 2 * (1 + 1) / 16 - 4 / 3 * 5 / 16
    assert found.standard_error == pytest.approx(variance**0.5)


def test_with_a_single_content_the_styles_alone_decide() -> None:
    values = [1.0, 2.0, 4.0]
    assert spread(values, "aaa", "xyz").standard_error == pytest.approx(stdev(values) / 3**0.5)
