from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from images.pictures import chunk, noise, png, save, stranger
from intaglio.images.header import read_header
from intaglio.vocabulary.errors import PictureError


def refusal(path: Path, **options: int) -> str:
    with pytest.raises(PictureError) as caught:
        read_header(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "avif"])
def test_a_picture_states_its_size_and_format(tmp_path: Path, suffix: str) -> None:
    picture = read_header(save(tmp_path / f"a.{suffix}", noise(20, 30, 3)))
    names = {"jpg": "jpeg", "png": "png", "tif": "tiff", "webp": "webp", "avif": "heif"}
    assert (picture.width, picture.height, picture.format) == (30, 20, names[suffix])
    assert (picture.bits, picture.alpha, picture.bands, picture.pages) == (8, False, 3, 1)
    assert picture.spool_bytes == 1800


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(noise(4, 4, 3)).save(path, format="PNG")
    assert read_header(path).format == "png"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_width_and_height_are_those_of_the_upright_picture(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = read_header(save(tmp_path / "a.jpg", noise(20, 30, 3), exif=exif))
    assert picture.orientation == orientation
    assert (picture.width, picture.height) == ((30, 20) if orientation < 5 else (20, 30))


def test_only_the_first_of_several_pages_counts(tmp_path: Path) -> None:
    pages = [Image.fromarray(noise(8, 9, 3)), Image.fromarray(noise(5, 5, 3))]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    picture = read_header(tmp_path / "a.tif")
    assert (picture.width, picture.height, picture.pages) == (9, 8, 2)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "nothing.jpg")
    assert "no such file" in refusal(save(tmp_path / "a.png", noise(2, 2, 3)) / "below.png")


def test_a_folder_is_not_a_picture(tmp_path: Path) -> None:
    assert "a folder" in refusal(tmp_path)


def test_an_empty_file_is_named_as_empty(tmp_path: Path) -> None:
    assert "empty" in refusal(written(tmp_path / "a.jpg", b""))


def test_random_bytes_are_not_a_picture(tmp_path: Path) -> None:
    assert "not a picture" in refusal(written(tmp_path / "a.jpg", np.random.default_rng(0).bytes(5000)))


def test_an_unreadable_file_in_an_unreadable_folder_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    path = save(closed / "a.png", noise(2, 2, 3))
    closed.chmod(0)
    try:
        with stranger():
            assert "no right to read" in refusal(path)
    finally:
        closed.chmod(0o700)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"%PDF-1.7\n", "PDF"),
        (b"GIF89a\1\0\1\0", "GIF"),
        (b"BM" + bytes(60), "BMP"),
        (b"P6 2 2 255\n" + bytes(12), "PPM"),
        (b"8BPS\0\1", "Photoshop"),
    ],
)
def test_other_formats_are_refused_by_name(tmp_path: Path, content: bytes, name: str) -> None:
    message = refusal(written(tmp_path / "a.png", content))
    assert f"{name} is not read" in message
    assert "convert" in message


def test_camera_raw_is_not_taken_for_its_thumbnail(tmp_path: Path) -> None:
    path = tmp_path / "a.NEF"
    Image.fromarray(noise(4, 4, 3)).save(path, format="TIFF")
    assert "camera raw" in refusal(path)


@pytest.mark.parametrize("size", [(2**31 - 1, 2**31 - 1), (0, 10), (10, 0), (2**32 - 1, 1)])
def test_an_absurd_header_is_refused_with_its_size(tmp_path: Path, size: tuple[int, int]) -> None:
    message = refusal(written(tmp_path / "a.png", png(*size, b"")))
    assert f"{size[0]}x{size[1]}" in message


def test_a_bomb_is_refused_before_any_pixel(tmp_path: Path) -> None:
    message = refusal(written(tmp_path / "a.png", png(90_000, 90_000, b"")))
    assert "90000x90000" in message
    assert "4,000.0 Mpx" in message
    assert "--pixel-budget" in message


def test_the_budget_is_the_callers(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", noise(10, 10, 3))
    assert read_header(path, pixel_budget=100).pixels == 100
    assert "--pixel-budget" in refusal(path, pixel_budget=99)


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_samples_of_32_bits_are_refused(tmp_path: Path, dtype: type) -> None:
    assert "8 or 16 bits" in refusal(save(tmp_path / "a.tif", np.ones((4, 4), dtype)))


def test_lab_is_refused(tmp_path: Path) -> None:
    Image.new("LAB", (5, 5)).save(tmp_path / "a.tif")
    assert "a.tif" in refusal(tmp_path / "a.tif")


def test_a_damaged_header_is_refused(tmp_path: Path) -> None:
    whole = save(tmp_path / "a.jpg", noise(20, 20, 3)).read_bytes()
    assert "damaged" in refusal(written(tmp_path / "b.jpg", whole[:30]))
    assert "damaged" in refusal(written(tmp_path / "c.tif", b"II*\0\xff\xff\xff\xff"))
    assert "damaged" in refusal(written(tmp_path / "d.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b"")))
