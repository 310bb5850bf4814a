from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from images.pictures import noise, save, smooth, stranger
from intaglio.images.header import read_header
from intaglio.images.whole import read_whole, size_in_memory, write_whole
from intaglio.vocabulary.errors import PictureError, ResourceError


def test_a_picture_is_read_as_it_is(tmp_path: Path) -> None:
    pixels = noise(20, 30, 3)
    found = read_whole(save(tmp_path / "a.png", pixels))
    assert found.dtype == np.uint8
    assert np.array_equal(found, pixels)


def test_gray_becomes_three_equal_channels(tmp_path: Path) -> None:
    pixels = noise(20, 30, 1)
    assert np.array_equal(read_whole(save(tmp_path / "a.png", pixels)), np.repeat(pixels[:, :, None], 3, axis=2))


def test_sixteen_bits_are_rounded_to_eight(tmp_path: Path) -> None:
    pixels = noise(20, 30, 1, bits=16)
    expected = np.round(pixels / 257).astype(np.uint8)
    assert np.array_equal(read_whole(save(tmp_path / "a.png", pixels))[:, :, 1], expected)


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[:2, :, 3] = 255
    found = read_whole(save(tmp_path / "a.png", pixels))
    assert found[:2].max() == 0
    assert found[2:].min() == 255


@pytest.mark.parametrize("size", [None, 40])
def test_a_turned_picture_is_read_upright(tmp_path: Path, size: int | None) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(tmp_path / "a.jpg", smooth(40, 60), exif=exif, quality=95, subsampling=0)
    found = read_whole(path, shorter_side=size)
    assert found.shape == (60, 40, 3)
    assert np.abs(found.astype(int) - np.rot90(smooth(40, 60), -1)).max() < 8


@pytest.mark.parametrize(("height", "width", "expected"), [(40, 60, (20, 30)), (60, 40, (30, 20)), (10, 25, (20, 50))])
def test_the_shorter_side_becomes_what_was_asked_for(
    tmp_path: Path, height: int, width: int, expected: tuple[int, int]
) -> None:
    path = save(tmp_path / "a.png", smooth(height, width))
    assert read_whole(path, shorter_side=20).shape == (*expected, 3)
    assert size_in_memory(read_header(path), 20) == expected[::-1]
    assert size_in_memory(read_header(path)) == (width, height)


def test_a_picture_cut_short_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", noise(50, 50, 3))
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(PictureError, match="damaged or cut short"):
        read_whole(path)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    pixels = noise(20, 30, 3)
    write_whole(pixels, tmp_path / "a.png")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), pixels)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_folder_without_rights_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    tmp_path.chmod(0o755)
    with stranger(), pytest.raises(ResourceError, match="closed"):
        write_whole(noise(4, 4, 3), closed / "a.png")
