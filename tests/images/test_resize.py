import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from images.pictures import noise, save, smooth
from intaglio.images.header import read_header
from intaglio.images.ingest import ingest
from intaglio.images.resize import resized


def ingested(path: Path, width: int, height: int) -> NDArray[np.uint8]:
    picture = dataclasses.replace(read_header(path), width=width, height=height)
    ingest(picture, path.with_suffix(".raw"))
    return np.fromfile(path.with_suffix(".raw"), np.uint8).reshape(height, width, picture.bands)


@pytest.mark.parametrize("size", [(45, 30), (27, 18), (153, 102)])
def test_a_file_is_resized_as_another_library_does(tmp_path: Path, size: tuple[int, int]) -> None:
    pixels = smooth(60, 90)
    values = ingested(save(tmp_path / "a.png", pixels), *size)
    expected = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))
    assert np.abs(values.astype(int) - expected).mean() < 1.5


@pytest.mark.parametrize(("height", "width", "size"), [(60, 90, (45, 30)), (31, 50, (83, 7)), (7, 400, (1, 1)), (1, 1, (9, 4))])
def test_an_array_is_resized_as_a_file_is(tmp_path: Path, height: int, width: int, size: tuple[int, int]) -> None:
    pixels = noise(height, width, 3)
    values = resized(pixels, *size)
    assert values.dtype == np.uint8
    np.testing.assert_array_equal(values, ingested(save(tmp_path / "a.png", pixels), *size))


def test_a_turned_file_is_resized_to_the_size_it_is_seen_in(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = smooth(30, 50)
    values = ingested(save(tmp_path / "a.png", pixels, exif=exif), 15, 25)
    expected = resized(np.ascontiguousarray(np.rot90(pixels, -1)), 15, 25)
    assert np.abs(values.astype(int) - expected.astype(int)).max() <= 1


def test_the_type_stays_and_constant_pictures_too() -> None:
    for dtype in (np.uint8, np.uint16, np.float32):
        pixels = np.ones((9, 7, 4), dtype)
        values = resized(pixels, 30, 4)
        assert (values.dtype, values.shape) == (dtype, (4, 30, 4))
        np.testing.assert_allclose(values, 1, atol=1e-6)


@given(st.integers(3, 300), st.integers(3, 300))
def test_nothing_moves(width: int, height: int) -> None:
    across, down = np.meshgrid(np.arange(60.0), np.arange(80.0))
    values = resized(np.stack([across, down, across + down], -1).astype(np.float32), width, height)
    right, below = (np.arange(count) + 0.5 for count in (width, height))
    columns, rows = right * 60 / width - 0.5, below * 80 / height - 0.5
    # Away from the borders, which mirror or repeat what is inside, by as far as a kernel reaches.
    far = [
        np.minimum(one, end - one) > 3.5 * max(1, step)
        for one, end, step in ((columns, 59, 60 / width), (rows, 79, 80 / height))
    ]
    expected = np.stack([*np.meshgrid(columns, rows), columns + rows[:, None]], -1)
    np.testing.assert_allclose(values[far[1]][:, far[0]], expected[far[1]][:, far[0]], atol=0.05)


def test_the_same_size_is_the_same_picture() -> None:
    pixels = noise(9, 7, 3)
    np.testing.assert_array_equal(
        resized(np.broadcast_to(pixels[:, :, :1], (9, 7, 3)), 7, 9), np.repeat(pixels[:, :, :1], 3, 2)
    )
