import pytest
import torch

from intaglio.pruning.groups import GROUPINGS
from intaglio.vocabulary.errors import OptionError

WEIGHT = torch.arange(2 * 3 * 2 * 2, dtype=torch.float32).view(2, 3, 2, 2) - 5


@pytest.mark.parametrize(("name", "count"), [("filters", 2), ("channels", 3), ("offsets", 4), ("columns", 12)])
def test_groups_of_a_convolution(name: str, count: int) -> None:
    grouping = GROUPINGS[name]
    norms = grouping.norms(WEIGHT)
    assert (grouping.count(WEIGHT), norms.dtype, len(norms)) == (count, torch.float64, count)
    assert float(norms.sum()) == pytest.approx(float(WEIGHT.abs().sum()))
    # What is spread reaches exactly the group whose norm it was.
    for place in range(count):
        values = torch.ones(count)
        values[place] = 0
        left = WEIGHT * grouping.spread(values, WEIGHT)
        expected = norms.clone()
        expected[place] = 0
        torch.testing.assert_close(grouping.norms(left), expected)


def test_squares() -> None:
    assert float(GROUPINGS["filters"].norms(WEIGHT, 2).square().sum()) == pytest.approx(float(WEIGHT.square().sum()))


def test_linear_layers_have_rows_and_columns() -> None:
    weight = torch.tensor([[1.0, -2], [3, 4], [0, 5]])
    assert GROUPINGS["filters"].norms(weight).tolist() == [3, 7, 5]
    assert GROUPINGS["channels"].norms(weight).tolist() == GROUPINGS["columns"].norms(weight).tolist() == [4, 11]
    with pytest.raises(OptionError, match=r"a weight of shape \(3, 2\) has no offsets; choose another grouping"):
        GROUPINGS["offsets"].norms(weight)
