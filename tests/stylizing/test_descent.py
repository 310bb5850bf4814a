import pytest
import torch
from torch import Tensor

from intaglio.stylizing.descent import Method, descend
from intaglio.vocabulary.errors import OptionError

METHODS: tuple[Method, ...] = ("lbfgs", "adam")
either = pytest.mark.parametrize("method", METHODS)


def picture(seed: int = 0) -> Tensor:
    return torch.rand(1, 3, 5, 7, generator=torch.Generator().manual_seed(seed))


def apart(found: Tensor, wanted: Tensor) -> Tensor:
    return (found - wanted).square().mean()


@either
def test_it_goes_to_where_the_objective_is_least(method: Method) -> None:
    wanted = picture(1) * 0.8 + 0.1
    found = descend(lambda x: apart(x, wanted), picture(), method, 200, lambda *_: None)
    assert float((found - wanted).abs().max()) < 0.02
    assert not found.requires_grad


@either
def test_pixels_stay_in_their_range_and_reach_its_ends(method: Method) -> None:
    wanted = picture(1) * 3 - 1
    found = descend(lambda x: apart(x, wanted), picture(), method, 200, lambda *_: None)
    assert 0.0 <= float(found.min()) <= 0.01
    assert 0.99 <= float(found.max()) <= 1.0
    assert float((found - wanted.clamp(0, 1)).abs().max()) < 0.05


def test_a_start_at_the_ends_of_the_range_is_left_again() -> None:
    black_and_white = (picture() > 0.5).float()
    found = descend(lambda x: apart(x, picture(1)), black_and_white, "lbfgs", 100, lambda *_: None)
    assert float((found - picture(1)).abs().max()) < 0.02


@either
def test_each_look_is_reported_with_its_objective(method: Method) -> None:
    heard: list[tuple[float, float]] = []
    descend(lambda x: apart(x, picture(1)), picture(), method, 8, lambda share, value: heard.append((share, value)))
    assert 8 <= len(heard) <= 10
    assert heard == sorted(heard, key=lambda pair: pair[0])
    assert heard[-1][1] < heard[0][1]
    assert 0 < heard[0][0] <= heard[-1][0] <= 1.0


def test_at_the_least_there_is_nothing_to_do() -> None:
    start = picture() * 0.5 + 0.25
    found = descend(lambda x: 0 * x.sum(), start, "lbfgs", 5, lambda *_: None)
    torch.testing.assert_close(found, start)


@either
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_an_objective_that_is_not_finite_is_refused(method: Method, bad: float) -> None:
    with pytest.raises(OptionError, match=rf"became {bad} after 0 looks at a picture; give smaller weights"):
        descend(lambda x: x.sum() * bad, picture() + 0.1, method, 5, lambda *_: None)
