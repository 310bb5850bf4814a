import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from intaglio.models.style import attended_spread as module
from intaglio.models.style.attended_spread import AttendedSpread

SHARPNESS = (0.1, 1.0, 10.0, 100.0)


def drawn(seed: int, *, sharpness: float = 1.0, offset: float = 0.0) -> tuple[Tensor, Tensor, Tensor]:
    """Queries (2, 6, 5, 4), keys (2, 6, 30) and values (2, 3, 30), float64."""
    generator = torch.Generator().manual_seed(seed)
    shapes = ((2, 6, 5, 4), (2, 6, 30), (2, 3, 30))
    query, key, value = (torch.randn(shape, dtype=torch.float64, generator=generator) for shape in shapes)
    return sharpness * query, key, value + offset


def attended_spread(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    return AttendedSpread(key, value)(query)


def by_definition(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    weights = torch.softmax(query.flatten(2).mT @ key, -1)
    mean = value @ weights.mT
    spread = value[:, :, None, :] - mean[..., None]
    deviation = (weights[:, None] * spread.square()).sum(-1).sqrt()
    shape = (*value.shape[:2], *query.shape[2:])
    return mean.reshape(shape), deviation.reshape(shape)


@settings(max_examples=30)
@given(seed=st.integers(0, 1000), sharpness=st.sampled_from(SHARPNESS), offset=st.sampled_from((0.0, 50.0)))
def test_mean_and_deviation_are_those_of_the_definition(seed: int, sharpness: float, offset: float) -> None:
    given = drawn(seed, sharpness=sharpness, offset=offset)
    torch.testing.assert_close(attended_spread(*given), by_definition(*given), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("sharpness", SHARPNESS)
def test_single_precision_is_enough_for_sharp_attention_to_values_far_from_zero(sharpness: float) -> None:
    given = [one.float() for one in drawn(0, sharpness=sharpness, offset=50.0)]
    mean, deviation = attended_spread(*given)
    exact = by_definition(*(one.double() for one in given))
    # What rounds logits of the order of 100 changes weights by 1e-5; `A V^2 - M^2` would be wrong by 1e-2.
    torch.testing.assert_close(mean.double(), exact[0], rtol=0, atol=2e-4)
    torch.testing.assert_close(deviation.double(), exact[1], rtol=0, atol=2e-4)


@pytest.mark.parametrize(("queries", "keys"), [(7, 30), (20, 1), (3, 4), (1, 29)])
@pytest.mark.parametrize("sharpness", SHARPNESS)
def test_blocks_of_queries_and_keys_give_the_same(
    monkeypatch: pytest.MonkeyPatch, queries: int, keys: int, sharpness: float
) -> None:
    given = drawn(1, sharpness=sharpness)
    whole = attended_spread(*given)
    monkeypatch.setattr(module, "_QUERIES", queries)
    monkeypatch.setattr(module, "_KEYS", keys)
    torch.testing.assert_close(attended_spread(*given), whole)
    torch.testing.assert_close(attended_spread(*(one.requires_grad_() for one in given)), whole)


def test_gradients_are_those_of_differences() -> None:
    given = tuple(one[:, :, :2].requires_grad_() for one in drawn(2))
    assert torch.autograd.gradcheck(attended_spread, given)


@pytest.mark.parametrize("value", [0.0, 0.1, 300.0])
def test_values_that_are_all_alike_have_no_deviation_and_gradients_that_are_finite(value: float) -> None:
    query, key, _ = (one.float().requires_grad_() for one in drawn(3, sharpness=10.0))
    values = torch.full((2, 3, 30), value, requires_grad=True)
    mean, deviation = attended_spread(query, key, values)
    torch.testing.assert_close(mean, torch.full_like(mean, value))
    assert float(deviation.detach().abs().max()) <= 1e-6 * value
    (mean + deviation).sum().backward()
    for one in (query, key, values):
        assert one.grad is not None
        assert bool(one.grad.isfinite().all())


def test_one_position_has_its_value_and_no_deviation() -> None:
    query, key, value = drawn(4)
    mean, deviation = attended_spread(query, key[:, :, :1], value[:, :, :1])
    assert torch.equal(mean, value[:, :, :1, None].expand_as(mean))
    assert not deviation.any()


def test_half_precision_is_widened_under_autocast_too() -> None:
    given = [one.bfloat16() for one in drawn(5)]
    with torch.autocast("cpu", torch.bfloat16):
        mean, deviation = attended_spread(*given)
    exact = by_definition(*(one.double() for one in given))
    assert mean.dtype == deviation.dtype == torch.float32
    torch.testing.assert_close((mean.double(), deviation.double()), exact, rtol=1e-4, atol=1e-5)
