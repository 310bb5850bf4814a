import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intaglio.stylizing.padding import PaddedPicture, reflected
from intaglio.stylizing.pixels import ArrayPixels
from stylizing.runs import colors, padded


@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 50), st.integers(0, 50), st.data())
def test_any_rows_of_a_padded_picture_are_those_of_numpy(
    height: int, width: int, below: int, right: int, data: st.DataObject
) -> None:
    picture = colors(height, width, bands=data.draw(st.sampled_from([3, 4])))
    enlarged = PaddedPicture(ArrayPixels(picture), height + below, width + right)
    start = data.draw(st.integers(0, height + below - 1))
    stop = data.draw(st.integers(start + 1, height + below))
    found = enlarged.tensor(start, stop)
    expected = padded(picture[:, :, :3], height + below, width + right)[:, :, start:stop]
    assert found.shape == expected.shape
    assert np.array_equal(found.numpy(), expected.numpy())


@pytest.mark.parametrize(("length", "expected"), [(1, [0, 0, 0, 0, 0]), (2, [0, 1, 0, 1, 0]), (3, [0, 1, 2, 1, 0])])
def test_reflection_does_not_repeat_the_edge_and_goes_on_for_ever(length: int, expected: list[int]) -> None:
    assert [reflected(position, length) for position in range(5)] == expected
