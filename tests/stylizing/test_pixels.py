from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from intaglio.stylizing.alpha import OnWhite, OpaquePixels, WithAlpha
from intaglio.stylizing.pixels import ArrayPixels, SpoolPixels
from intaglio.stylizing.spill import Spill
from stylizing.runs import colors


@pytest.mark.parametrize(("bits", "dtype"), [(8, "u1"), (16, "<u2")])
def test_every_level_of_a_spool_comes_back(tmp_path: Path, bits: int, dtype: str) -> None:
    levels: NDArray[Any] = np.arange(2**bits).astype(dtype)
    levels = np.resize(levels, (2**bits // 16, 16))[:, :, None].repeat(3, axis=2)
    (tmp_path / "spool").write_bytes(levels.tobytes())
    spool = SpoolPixels(tmp_path / "spool", len(levels), 16, 3, bits)
    pixels = spool.rows(0, spool.height)
    assert pixels.dtype == np.float32
    assert (pixels.min(), pixels.max()) == (0.0, 1.0)
    copy = SpoolPixels(tmp_path / "copy", len(levels), 16, 3, bits)
    copy.write(0, pixels)
    for one in (spool, copy):
        one.close()
    assert (tmp_path / "copy").read_bytes() == levels.tobytes()


def test_rows_land_where_they_belong_in_any_order(tmp_path: Path) -> None:
    picture = np.round(colors(10, 7) * 255) / np.float32(255)
    spool = SpoolPixels(tmp_path / "spool", 10, 7, 3, 8)
    for start, stop in ((6, 10), (0, 1), (1, 6)):
        spool.write(start, picture[start:stop])
    np.testing.assert_allclose(spool.rows(0, 10), picture, atol=1e-6)
    np.testing.assert_allclose(spool.rows(3, 5), picture[3:5], atol=1e-6)
    spool.close()


def test_a_spool_clamps_and_rounds_to_the_nearest_level(tmp_path: Path) -> None:
    spool = SpoolPixels(tmp_path / "spool", 1, 4, 1, 8)
    spool.write(0, np.array([[[-3.0], [1.7], [0.4999 / 255], [0.5001 / 255]]], np.float32))
    spool.close()
    assert list((tmp_path / "spool").read_bytes()) == [0, 255, 0, 1]


def test_a_spool_that_is_too_short_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "spool").write_bytes(b"\0" * 20)
    spool = SpoolPixels(tmp_path / "spool", 4, 3, 3, 8)
    with pytest.raises(EOFError, match="16 bytes too early"):
        spool.rows(0, 4)
    spool.close()


def test_an_array_is_read_and_written_in_place() -> None:
    array = colors(6, 5)
    pixels = ArrayPixels(array)
    pixels.write(2, np.ones((2, 5, 3), np.float32))
    assert np.array_equal(pixels.rows(2, 4), np.ones((2, 5, 3)))
    assert array[2:4].min() == 1
    assert (pixels.height, pixels.width, pixels.bands) == (6, 5, 3)


def test_a_spill_gives_back_the_same_bits(tmp_path: Path) -> None:
    spill = Spill(tmp_path / "stage1.raw", 5, 9, 4)
    values = torch.randn(1, 5, 9, 4, generator=torch.Generator().manual_seed(0))
    for start, stop in ((0, 4), (4, 9)):
        band = spill.band(stop - start)
        band.copy_(values[:, :, start:stop])
        spill.write(start, band)
    assert torch.equal(spill.read(2, 7), values[:, :, 2:7])
    assert (tmp_path / "stage1.raw").stat().st_size == spill.size
    spill.remove()
    assert not (tmp_path / "stage1.raw").exists()


def test_colors_are_read_without_their_alpha_and_written_with_it() -> None:
    picture = colors(5, 4, bands=4)
    assert np.array_equal(OpaquePixels(ArrayPixels(picture)).rows(1, 3), picture[1:3, :, :3])
    result = ArrayPixels(np.zeros((5, 4, 4), np.float32))
    WithAlpha(result, ArrayPixels(picture)).write(1, np.full((2, 4, 3), 0.5, np.float32))
    assert np.array_equal(result.array[1:3, :, 3], picture[1:3, :, 3])
    assert (result.array[1:3, :, :3] == 0.5).all()
    assert (result.array[[0, 3, 4]] == 0).all()


def test_a_transparent_style_lies_on_white() -> None:
    picture = np.array([[[0.2, 0.4, 0.6, 0.0], [0.2, 0.4, 0.6, 1.0], [0.2, 0.4, 0.6, 0.5]]], np.float32)
    found = OnWhite(ArrayPixels(picture)).rows(0, 1)
    np.testing.assert_allclose(found, np.array([[[1, 1, 1], [0.2, 0.4, 0.6], [0.6, 0.7, 0.8]]], np.float32), rtol=1e-6)
