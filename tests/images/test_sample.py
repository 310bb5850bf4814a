from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from images.pictures import noise, save, smooth
from intaglio.images.header import read_header
from intaglio.images.sample import read_rgb
from intaglio.vocabulary.errors import OptionError, PictureError


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_whole_picture_is_read_as_ingest_reads_it(tmp_path: Path, orientation: int) -> None:
    stored = smooth(12, 20)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(tmp_path / "a.png", stored, exif=exif)
    values = read_rgb(read_header(path))
    assert values.dtype == np.float32
    with Image.open(path) as opened:
        upright = np.asarray(opened.transpose(TURNS[orientation]) if orientation > 1 else opened)
    np.testing.assert_allclose(values, upright / 255, atol=1e-6)


TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def test_sixteen_bits_reach_one(tmp_path: Path) -> None:
    values = read_rgb(read_header(save(tmp_path / "a.png", np.full((4, 4), 65535, np.uint16))))
    np.testing.assert_array_equal(values, np.ones((4, 4, 3), np.float32))


def test_transparent_pixels_are_laid_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[:, 2:, 3] = 255
    values = read_rgb(read_header(save(tmp_path / "a.png", pixels)))
    np.testing.assert_array_equal(values[:, :2], 1.0)
    np.testing.assert_array_equal(values[:, 2:], 0.0)


@pytest.mark.parametrize("scale", [0.5, 0.3, 1.7])
def test_resizing_is_lanczos_to_the_rounded_size(tmp_path: Path, scale: float) -> None:
    pixels = smooth(60, 90)
    values = read_rgb(read_header(save(tmp_path / "a.png", pixels)), scale=scale)
    size = round(90 * scale), round(60 * scale)
    expected = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS)) / 255
    assert values.shape == expected.shape
    assert np.abs(values - expected).mean() < 0.005


def test_a_turned_picture_is_resized_to_the_size_it_is_seen_in(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = read_header(save(tmp_path / "a.png", noise(31, 50, 3), exif=exif))
    assert read_rgb(picture, scale=0.5).shape == (25, round(31 * 0.5), 3)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 400)])
def test_a_side_never_falls_below_one_pixel(tmp_path: Path, width: int, height: int) -> None:
    picture = read_header(save(tmp_path / "a.png", noise(height, width, 3)))
    values = read_rgb(picture, scale=0.05)
    assert values.shape == (max(1, round(height * 0.05)), 1, 3)
    assert values.min() >= 0
    assert values.max() <= 1


def test_a_picture_over_the_budget_is_refused_before_and_after_resizing(tmp_path: Path) -> None:
    picture = read_header(save(tmp_path / "a.png", noise(10, 10, 3)))
    assert read_rgb(picture, pixel_budget=100).size == 300
    for options in ({"pixel_budget": 99}, {"pixel_budget": 150, "scale": 2.0}):
        with pytest.raises(PictureError, match="smaller"):
            read_rgb(picture, **options)


@pytest.mark.parametrize("scale", [0.0, -1.0, float("inf"), float("nan")])
def test_a_scale_must_be_above_zero(tmp_path: Path, scale: float) -> None:
    picture = read_header(save(tmp_path / "a.png", noise(4, 4, 3)))
    with pytest.raises(OptionError, match="scale"):
        read_rgb(picture, scale=scale)


def test_a_damaged_picture_is_an_error(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", noise(100, 100, 3))
    path.write_bytes(path.read_bytes()[:10_000])
    with pytest.raises(PictureError, match="damaged"):
        read_rgb(read_header(path))
