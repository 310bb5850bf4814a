"""Attention in blocks against the formula with the whole matrix."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from intaglio.models.style.attention import attend


def explicit(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """The formula as the papers' codes write it."""
    matrix = torch.bmm(query.flatten(2).transpose(1, 2), key).softmax(-1)
    return torch.bmm(value, matrix.transpose(1, 2)).unflatten(2, query.shape[2:])


def drawn(seed: int, pictures: int, channels: int, size: tuple[int, int], positions: int, depth: int) -> list[Tensor]:
    """Query, key and value whose logits are of the order of the channels: far from uniform."""
    generator = torch.Generator().manual_seed(seed)
    shapes = ((pictures, channels, *size), (pictures, channels, positions), (pictures, depth, positions))
    return [torch.randn(shape, generator=generator) for shape in shapes]


class Largest(TorchDispatchMode):
    """Notes the largest tensor that any operation gives."""

    numbers = 0

    def __torch_dispatch__(self, call: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
        given = call(*arguments, **(named or {}))
        found = given if isinstance(given, (tuple, list)) else [given]
        self.numbers = max(self.numbers, *(one.numel() for one in found if isinstance(one, Tensor)))
        return given


@settings(max_examples=30)
@given(
    seed=st.integers(0, 99),
    pictures=st.integers(1, 3),
    channels=st.integers(1, 9),
    size=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    positions=st.one_of(st.integers(1, 40), st.integers(1016, 1032)),
    depth=st.integers(1, 5),
)
def test_attention_is_the_explicit_formula(
    seed: int, pictures: int, channels: int, size: tuple[int, int], positions: int, depth: int
) -> None:
    query, key, value = drawn(seed, pictures, channels, size, positions, depth)
    given = attend(query, key, value)
    assert given.shape == (pictures, depth, *size)
    torch.testing.assert_close(given, explicit(query, key, value), atol=2e-5, rtol=2e-5)


@pytest.mark.parametrize("size", [(1, 1023), (32, 32), (25, 41), (1, 2049)])
@pytest.mark.parametrize("positions", [1023, 1024, 1025, 3073])
def test_edges_of_blocks_do_not_show(size: tuple[int, int], positions: int) -> None:
    query, key, value = drawn(0, 1, 7, size, positions, 3)
    torch.testing.assert_close(attend(query, key, value), explicit(query, key, value), atol=2e-5, rtol=2e-5)


@pytest.mark.parametrize("peak", [0, 1023, 1024, 4999])
def test_logits_of_any_size_neither_overflow_nor_vanish(peak: int) -> None:
    query, value = torch.ones(1, 1, 1, 3), torch.arange(1.0, 5001.0)[None, None]
    key = -1e4 * (1 + (torch.arange(5000.0) - peak).abs())[None, None]
    for shift in (0.0, 6e7):
        given = attend(query, key + shift, value)
        torch.testing.assert_close(given, torch.full_like(given, peak + 1.0))


def test_equal_logits_give_the_mean_of_all_values() -> None:
    query, key, value = drawn(1, 1, 4, (5, 6), 9000, 3)
    given = attend(torch.zeros_like(query), key, value)
    torch.testing.assert_close(given, value.mean(2)[..., None, None].expand_as(given), atol=1e-5, rtol=1e-5)


def test_a_position_attends_the_same_alone_and_among_others() -> None:
    query, key, value = drawn(2, 1, 8, (36, 40), 3000, 4)
    whole, part = attend(query, key, value), attend(query[:, :, 7:9, 3:30], key, value)
    torch.testing.assert_close(part, whole[:, :, 7:9, 3:30], atol=1e-5, rtol=1e-5)


def test_with_gradients_the_result_is_the_same() -> None:
    query, key, value = drawn(3, 2, 6, (12, 90), 1100, 4)
    without = attend(query, key, value)
    for one in (query, key, value):
        one.requires_grad_(True)
        given = attend(query, key, value)
        assert given.requires_grad
        torch.testing.assert_close(given, without, atol=1e-5, rtol=1e-5)
        with torch.no_grad():
            assert torch.equal(attend(query, key, value), without)
        one.requires_grad_(False)


def test_gradients_are_those_of_the_formula() -> None:
    query, key, value = (one.double().requires_grad_(True) for one in drawn(4, 2, 3, (2, 3), 5, 4))
    assert torch.autograd.gradcheck(attend, (query, key, value))


@pytest.mark.parametrize("gradients", [False, True])
def test_logits_are_float32_under_autocast(gradients: bool) -> None:
    # Logits of some hundreds, which bfloat16 would round by more than one.
    query, key, value = drawn(5, 1, 32, (8, 9), 300, 4)
    query = (8 * query).requires_grad_(gradients)
    with torch.autocast("cpu", torch.bfloat16):
        given = attend(query, key, value)
    assert given.dtype == torch.float32
    torch.testing.assert_close(given, explicit(query, key, value), atol=2e-5, rtol=2e-5)


def test_halves_come_back_as_float32_and_doubles_as_doubles() -> None:
    drawings = drawn(6, 1, 4, (3, 5), 7, 2)
    given = attend(*(one.bfloat16() for one in drawings))
    assert given.dtype == torch.float32
    torch.testing.assert_close(given, explicit(*(one.bfloat16().float() for one in drawings)), atol=1e-5, rtol=1e-5)
    exact = [one.double() for one in drawings]
    torch.testing.assert_close(attend(*exact), explicit(*exact), atol=1e-12, rtol=1e-12)


def test_values_that_are_not_numbers_are_not_hidden() -> None:
    query, key, value = drawn(7, 1, 2, (1, 3), 4, 2)
    query[..., 1] = torch.nan
    assert attend(query, key, value).isnan().all(1).squeeze().tolist() == [False, True, False]


def test_memory_is_linear_in_the_positions() -> None:
    block = 1024 * 1024
    for side in (36, 52):
        query, key, value = drawn(8, 1, 2, (side, side), side * side, 3)
        with Largest() as seen:
            attend(query, key, value)
        assert seen.numbers <= block < side**4
