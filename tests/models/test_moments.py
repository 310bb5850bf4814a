"""Moments against numpy in float64, however the positions arrive."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from intaglio.models.style.moments import BLOCK, Moments

SPREADS = pytest.mark.parametrize("full", [True, False], ids=["full", "diagonal"])


def features(height: int, width: int, channels: int = 4, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(channels, channels, generator=generator)
    return torch.einsum("ij,njhw->nihw", mixing, torch.randn(1, channels, height, width, generator=generator)) + 2.0


def of(x: torch.Tensor, full: bool) -> Moments:
    moments = Moments(x.shape[1], full=full)
    moments.add(x)
    return moments


def covariance(x: torch.Tensor, full: bool) -> np.ndarray:
    samples = x[0].flatten(1).double().numpy()
    whole = np.atleast_2d(np.cov(samples, ddof=1))
    return whole if full else np.diagonal(whole)


@SPREADS
@given(st.integers(1, 12), st.integers(2, 12))
def test_they_are_those_of_numpy(full: bool, height: int, width: int) -> None:
    x = features(height, width)
    moments = of(x, full)
    assert moments.count == height * width
    np.testing.assert_allclose(moments.mean, x[0].flatten(1).double().mean(1), rtol=1e-12)
    np.testing.assert_allclose(moments.covariance, covariance(x, full), rtol=1e-10, atol=1e-12)


@SPREADS
def test_more_positions_than_a_block_are_counted_once(full: bool) -> None:
    x = features(3, BLOCK // 2 + 1)
    assert of(x, full).count == 3 * (BLOCK // 2 + 1)
    np.testing.assert_allclose(of(x, full).covariance, covariance(x, full), rtol=1e-9)


@SPREADS
@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_merging_parts_is_adding_all_at_once(full: bool, height: int, width: int, data: st.DataObject) -> None:
    x = features(height, width)
    cut = data.draw(st.integers(0, height))
    merged = of(x[:, :, :cut], full)
    merged.merge(of(x[:, :, cut:], full))
    whole = of(x, full)
    assert merged.count == whole.count
    torch.testing.assert_close(merged.mean, whole.mean, rtol=1e-13, atol=1e-13)
    torch.testing.assert_close(merged.covariance, whole.covariance, rtol=1e-11, atol=1e-11)


@SPREADS
def test_positions_in_a_list_count_as_those_of_a_picture(full: bool) -> None:
    x = features(5, 6)
    listed = Moments(4, full=full)
    listed.add(x[0].permute(1, 2, 0).reshape(-1, 4))
    assert listed.count == 30
    torch.testing.assert_close(listed.covariance, of(x, full).covariance)


@SPREADS
@pytest.mark.parametrize("positions", [0, 1])
def test_none_or_one_position_has_no_spread(full: bool, positions: int) -> None:
    x = features(1, 1)[:, :, :, :positions]
    moments = of(x, full)
    assert moments.count == positions
    assert torch.equal(moments.covariance, torch.zeros_like(moments.covariance))
    expected = x[0, :, 0, 0].double() if positions else torch.zeros(4, dtype=torch.float64)
    assert torch.equal(moments.mean, expected)


def test_the_diagonal_is_that_of_the_full_covariance() -> None:
    x = features(7, 8)
    torch.testing.assert_close(of(x, True).variance, of(x, False).variance)


@SPREADS
def test_a_channel_that_never_fires_stays_exactly_zero(full: bool) -> None:
    x = features(9, 9)
    x[:, 2] = 0
    moments = of(x, full)
    assert moments.mean[2] == 0
    assert torch.all(moments.covariance[2] == 0)


@SPREADS
def test_a_constant_channel_has_a_variance_that_is_not_negative(full: bool) -> None:
    x = torch.full((1, 3, 40, 40), 0.1)
    assert torch.all(of(x, full).variance >= 0)
    assert torch.all(of(x, full).variance < 1e-15)


@SPREADS
def test_they_come_back_from_their_state(full: bool) -> None:
    moments = of(features(4, 4), full)
    state = {name: value.clone() for name, value in moments.state().items()}
    back = Moments(4, full=full).restore(state)
    back.add(features(2, 3, seed=1))
    moments.add(features(2, 3, seed=1))
    assert back.count == moments.count
    assert torch.equal(back.sum, moments.sum)
    assert torch.equal(back.square, moments.square)
