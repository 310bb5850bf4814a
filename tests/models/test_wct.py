import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from intaglio.models.style.moments import Moments
from intaglio.models.style.wct import WCTConfig, WhiteningColoring, symmetric_power

CUT = WCTConfig.model_fields["eigenvalue_cut"].default
CHANNELS = 6


def draw(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def semidefinite(rank: int, seed: int = 0) -> Tensor:
    factors = draw(CHANNELS, rank, seed=seed)
    return factors @ factors.T


def features(seed: int, rank: int = CHANNELS) -> Tensor:
    """Positive features of which only `rank` directions move."""
    mixing = draw(CHANNELS, rank, seed=seed)
    return torch.einsum("ij,njhw->nihw", mixing, draw(1, rank, 20, 20, seed=seed + 1)) + 5


def moments(x: Tensor) -> Moments:
    found = Moments(CHANNELS, full=True)
    found.add(x)
    return found


@given(st.integers(1, CHANNELS), st.integers(0, 99))
def test_a_root_times_itself_is_the_matrix(rank: int, seed: int) -> None:
    matrix = semidefinite(rank, seed)
    root = symmetric_power(matrix, 0.5, CUT)
    torch.testing.assert_close(root @ root, matrix, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(root, root.T)


@given(st.integers(1, CHANNELS), st.integers(0, 99))
def test_an_inverse_root_whitens_the_subspace_that_is_there(rank: int, seed: int) -> None:
    matrix = semidefinite(rank, seed)
    inverse = symmetric_power(matrix, -0.5, CUT)
    projection = inverse @ matrix @ inverse
    values = torch.linalg.eigvalsh(projection)
    expected = torch.cat([torch.zeros(CHANNELS - rank), torch.ones(rank)]).double()
    torch.testing.assert_close(values, expected, rtol=0, atol=1e-6)


def test_directions_below_the_cut_are_left_out() -> None:
    powers = symmetric_power(torch.diag(torch.tensor([4.0, 1e-3, 0.0]).double()), -0.5, 1e-3)
    torch.testing.assert_close(powers, torch.diag(torch.tensor([0.5, 0.0, 0.0]).double()))


@pytest.mark.parametrize("exponent", [0.5, -0.5])
def test_the_power_of_nothing_is_nothing(exponent: float) -> None:
    nothing = torch.zeros(CHANNELS, CHANNELS, dtype=torch.float64)
    assert torch.equal(symmetric_power(nothing, exponent, CUT), nothing)


def test_rounding_below_zero_does_no_harm() -> None:
    matrix = torch.diag(torch.tensor([1.0, -1e-18]).double())
    assert torch.isfinite(symmetric_power(matrix, -0.5, CUT)).all()


def test_afterwards_mean_and_covariance_are_the_styles() -> None:
    content, style = moments(features(0)), moments(features(10))
    result = moments(WhiteningColoring(CUT).solve(content, style)(features(0)))
    torch.testing.assert_close(result.mean, style.mean)
    torch.testing.assert_close(result.covariance, style.covariance)


def test_dead_directions_of_the_style_stay_dead() -> None:
    content, style = moments(features(0)), moments(features(10, rank=3))
    result = moments(WhiteningColoring(CUT).solve(content, style)(features(0)))
    torch.testing.assert_close(result.covariance, style.covariance)
    assert int((torch.linalg.eigvalsh(result.covariance) > 1e-9).sum()) == 3


def test_where_the_content_is_dead_only_what_it_has_is_colored() -> None:
    content, style = moments(features(0, rank=3)), moments(features(10))
    result = moments(WhiteningColoring(CUT).solve(content, style)(features(0, rank=3)))
    torch.testing.assert_close(result.mean, style.mean)
    kept = symmetric_power(content.covariance, 0.0, CUT)
    root = symmetric_power(style.covariance, 0.5, CUT)
    torch.testing.assert_close(result.covariance, root @ kept @ root)


def test_the_cut_does_not_matter_where_the_spectrum_has_a_gap() -> None:
    content, style = moments(features(0, rank=4)), moments(features(10, rank=5))
    maps = [WhiteningColoring(cut).solve(content, style) for cut in (1e-12, 1e-5)]
    torch.testing.assert_close(maps[0].weight, maps[1].weight, rtol=1e-8, atol=1e-8)


def test_a_style_of_one_color_gives_that_color() -> None:
    x = features(0)
    color = draw(CHANNELS, seed=5)
    result = WhiteningColoring(CUT).solve(moments(x), moments(color[None, :, None, None].expand(1, CHANNELS, 4, 4)))(x)
    torch.testing.assert_close(result, color[None, :, None, None].expand_as(result), rtol=1e-6, atol=1e-6)
