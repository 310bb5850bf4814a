"""Both ways of Gatys et al. 2016 of keeping the content's colors."""

import numpy as np
import pytest

from intaglio.images.color import to_yiq
from intaglio.stylizing.colors import color_moments, luminance, matched, matched_luminance
from intaglio.stylizing.pixels import ArrayPixels
from style_networks import STYLE_CARDS, lively
from stylizing.runs import Array, colors, stylized

CONTENT, STYLE = colors(300, 70, seed=1), colors(90, 280, seed=2) * 0.5 + 0.2
every_style_network = pytest.mark.parametrize("name", STYLE_CARDS)


def flat(picture: Array) -> np.ndarray:
    return picture.reshape(-1, 3).astype(np.float64)


def run(name: str, content: Array, style: Array, keep_colors: str) -> Array:
    card = STYLE_CARDS[name]
    return stylized(lively(card), card, content, [style], tile=(16, 48), keep_colors=keep_colors)


def test_moments_of_colors_are_those_of_numpy() -> None:
    found = color_moments(ArrayPixels(CONTENT))
    np.testing.assert_allclose(found.mean, flat(CONTENT).mean(0), rtol=1e-12)
    np.testing.assert_allclose(found.covariance, np.cov(flat(CONTENT), rowvar=False), rtol=1e-10)


def test_a_matched_style_has_the_contents_mean_and_covariance() -> None:
    result = flat(matched(ArrayPixels(STYLE), color_moments(ArrayPixels(CONTENT))).rows(0, len(STYLE)))
    np.testing.assert_allclose(result.mean(0), flat(CONTENT).mean(0), atol=1e-6)
    np.testing.assert_allclose(np.cov(result, rowvar=False), np.cov(flat(CONTENT), rowvar=False), atol=1e-6)


def test_a_style_that_matches_already_is_left_alone() -> None:
    result = matched(ArrayPixels(STYLE), color_moments(ArrayPixels(STYLE))).rows(0, len(STYLE))
    np.testing.assert_allclose(result, STYLE, atol=1e-5)


def test_a_style_of_one_color_becomes_the_contents_mean() -> None:
    one = np.full((40, 30, 3), [0.1, 0.7, 0.3], np.float32)
    result = matched(ArrayPixels(one), color_moments(ArrayPixels(CONTENT))).rows(0, 40)
    np.testing.assert_allclose(flat(result), np.broadcast_to(flat(CONTENT).mean(0), (1200, 3)), atol=1e-6)
    gray = matched_luminance(ArrayPixels(one), color_moments(ArrayPixels(CONTENT))).rows(0, 40)
    np.testing.assert_allclose(gray, to_yiq(CONTENT)[:, :, 0].mean(), atol=1e-5)


def test_a_gray_style_is_matched_as_far_as_gray_goes() -> None:
    gray = np.repeat(STYLE[:, :, :1], 3, axis=2)
    result = flat(matched(ArrayPixels(gray), color_moments(ArrayPixels(CONTENT))).rows(0, len(gray)))
    np.testing.assert_allclose(result.mean(0), flat(CONTENT).mean(0), atol=1e-6)
    assert np.abs(result).max() < 3


def test_a_matched_luminance_has_the_contents_mean_and_deviation() -> None:
    result = matched_luminance(ArrayPixels(STYLE), color_moments(ArrayPixels(CONTENT))).rows(0, len(STYLE))
    assert np.ptp(result, axis=2).max() < 1e-6
    expected = to_yiq(CONTENT)[:, :, 0].astype(np.float64)
    assert result[:, :, 0].astype(np.float64).mean() == pytest.approx(expected.mean(), abs=1e-6)
    assert result[:, :, 0].astype(np.float64).std(ddof=1) == pytest.approx(expected.std(ddof=1), abs=1e-6)


def test_luminance_is_the_y_of_yiq() -> None:
    found = luminance(ArrayPixels(CONTENT)).rows(3, 9)
    np.testing.assert_allclose(found, np.repeat(to_yiq(CONTENT[3:9])[:, :, :1], 3, axis=2), atol=1e-6)


@every_style_network
def test_with_luminance_only_the_chroma_is_the_contents(name: str) -> None:
    result, without = run(name, CONTENT, STYLE, "luminance"), run(name, CONTENT, STYLE, "none")
    rounding = 2e-6 * max(1.0, float(np.abs(result).max()))
    np.testing.assert_allclose(to_yiq(result)[:, :, 1:], to_yiq(CONTENT)[:, :, 1:], atol=rounding)
    assert np.abs(to_yiq(without)[:, :, 1:] - to_yiq(CONTENT)[:, :, 1:]).max() > 0.01
    assert np.abs(to_yiq(result)[:, :, 0] - to_yiq(CONTENT)[:, :, 0]).max() > 0.01


@every_style_network
def test_gray_stays_gray(name: str) -> None:
    gray = np.repeat(CONTENT[:, :, :1], 3, axis=2)
    assert np.ptp(run(name, gray, STYLE, "luminance"), axis=2).max() < 2e-6
    assert np.ptp(run(name, gray, STYLE, "none"), axis=2).max() > 0.01


@every_style_network
def test_with_matching_the_network_sees_a_style_in_the_contents_colors(name: str) -> None:
    recolored = matched(ArrayPixels(STYLE), color_moments(ArrayPixels(CONTENT))).rows(0, len(STYLE))
    np.testing.assert_allclose(run(name, CONTENT, STYLE, "match"), run(name, CONTENT, recolored, "none"), atol=1e-6)
