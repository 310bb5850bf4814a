import numpy as np
import pytest

from intaglio.images.color import RGB_FROM_YIQ, YIQ_FROM_RGB, to_rgb, to_yiq


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-6)])
def test_there_and_back_is_the_same_color(dtype: type, tolerance: float) -> None:
    rgb = np.random.default_rng(0).random((50, 40, 3)).astype(dtype)
    back = to_rgb(to_yiq(rgb))
    assert back.dtype == dtype
    np.testing.assert_allclose(back, rgb, atol=tolerance, rtol=0)


def test_the_matrices_are_inverses() -> None:
    np.testing.assert_allclose(YIQ_FROM_RGB @ RGB_FROM_YIQ, np.eye(3), atol=1e-12)


def test_gray_has_no_chroma_and_its_own_luminance() -> None:
    gray = np.repeat(np.linspace(0, 1, 11)[:, None], 3, axis=1)
    yiq = to_yiq(gray)
    np.testing.assert_allclose(yiq[:, 0], gray[:, 0], atol=1e-12)
    np.testing.assert_allclose(yiq[:, 1:], 0, atol=1e-12)


def test_chroma_of_one_picture_on_luminance_of_another_keeps_the_luminance() -> None:
    generator = np.random.default_rng(1)
    content, stylized = generator.random((9, 9, 3)), generator.random((9, 9, 3))
    mixed = to_yiq(content)
    mixed[..., 0] = to_yiq(stylized)[..., 0]
    np.testing.assert_allclose(to_yiq(to_rgb(mixed))[..., 0], to_yiq(stylized)[..., 0], atol=1e-12)
