"""From a picture file to a square example."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from data.training_pictures import cut_short, with_orientation
from images.pictures import noise, save, smooth
from intaglio.data.crop import Crop, examples
from intaglio.vocabulary.errors import PictureError

SIZES = st.integers(1, 40)


def whole(path: Path, height: int, width: int) -> np.ndarray:
    """What Pillow makes of a picture: bilinear with antialiasing."""
    return np.asarray(Image.open(path).convert("RGB").resize((width, height), Image.Resampling.BILINEAR)).astype(int)


def squares(pixels: np.ndarray, size: int) -> np.ndarray:
    """Every square of a picture, by top and left."""
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (size, size), (0, 1))
    return np.moveaxis(windows, 2, -1)


def distances(pixels: np.ndarray, example: np.ndarray) -> np.ndarray:
    """Mean difference between the example and each square of a picture, in levels of 255."""
    return np.abs(squares(pixels, len(example)).astype(int) - example.astype(int)).mean((2, 3, 4))


def test_without_resizing_the_example_is_a_square_of_the_picture(tmp_path: Path) -> None:
    pixels = noise(20, 30, 3)
    path = save(tmp_path / "a.png", pixels)
    places = {tuple(np.argwhere(distances(pixels, examples(path, Crop(size=19), seed)) == 0)[0]) for seed in range(300)}
    assert places == {(top, left) for top in range(2) for left in range(12)}


def test_half_of_the_examples_are_mirrored_where_that_is_asked_for(tmp_path: Path) -> None:
    pixels = noise(9, 9, 3)
    path = save(tmp_path / "a.png", pixels)
    mirrored = 0
    for seed in range(200):
        example = examples(path, Crop(size=9, flip=True), seed)
        same, turned = (np.array_equal(example, expected) for expected in (pixels, pixels[:, ::-1]))
        assert same != turned
        mirrored += turned
        assert np.array_equal(examples(path, Crop(size=9), seed), pixels)
    assert 70 < mirrored < 130


@pytest.mark.parametrize(
    ("size", "resized"), [((60, 90), (40, 60)), ((90, 61), (59, 40)), ((40, 41), (40, 41)), ((25, 33), (40, 52))]
)
def test_the_shorter_side_is_brought_to_its_length(tmp_path: Path, size: tuple[int, int], resized: tuple[int, int]) -> None:
    path = save(tmp_path / "a.png", np.repeat(np.repeat(noise(12, 12, 3), 8, 0), 8, 1)[: size[0], : size[1]])
    example = examples(path, Crop(size=32, resize="shorter", to=40), 5)
    assert distances(whole(path, *resized), example).min() < 0.7


@pytest.mark.parametrize("size", [(60, 90), (25, 90), (25, 33), (100, 7)])
def test_squashing_brings_both_sides_to_the_length(tmp_path: Path, size: tuple[int, int]) -> None:
    path = save(tmp_path / "a.png", noise(*size, 3))
    example = examples(path, Crop(size=32, resize="squash", to=40), 5)
    assert distances(whole(path, 40, 40), example).min() < 0.7


@pytest.mark.parametrize("size", [(3, 50), (50, 3), (1, 1), (7, 7)])
def test_a_picture_smaller_than_the_square_is_enlarged_until_it_fits(tmp_path: Path, size: tuple[int, int]) -> None:
    path = save(tmp_path / "a.png", noise(*size, 3))
    example = examples(path, Crop(size=16), 2)
    height, width = (16 * side // min(size) for side in size)
    assert distances(whole(path, height, width), example).min() < 0.7


def test_a_thread_of_a_picture_does_not_take_memory_for_its_enlargement(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", np.full((1, 20_000, 3), 77, np.uint8))
    assert np.array_equal(examples(path, Crop(size=256), 0), np.full((256, 256, 3), 77))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(SIZES, SIZES, SIZES, st.sampled_from(["shorter", "squash", "none"]), st.integers(0, 30), st.integers(0, 2**63 - 1))
def test_any_picture_gives_a_square_that_its_seed_decides(
    tmp_path: Path, height: int, width: int, size: int, resize: str, more: int, seed: int
) -> None:
    path = save(tmp_path / "a.png", noise(height, width, 3))
    crop = Crop(size=size, resize=resize, to=None if resize == "none" else size + more, flip=True)
    example = examples(path, crop, seed)
    assert (example.shape, example.dtype, example.flags.c_contiguous) == ((size, size, 3), np.uint8, True)
    assert np.array_equal(example, examples(path, crop, seed))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("crop", [Crop(size=8, flip=True), Crop(size=8, resize="shorter", to=11)])
def test_a_turned_picture_gives_what_the_upright_one_gives(tmp_path: Path, orientation: int, crop: Crop) -> None:
    stored = save(tmp_path / "stored.png", smooth(13, 21), exif=with_orientation(orientation))
    with Image.open(stored) as image:
        image.getexif()
        transposed = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
        upright = image if transposed is None else image.transpose(Image.Transpose(transposed))
        Image.fromarray(np.asarray(upright)).save(tmp_path / "upright.png")
    for seed in range(20):
        one, other = (examples(tmp_path / name, crop, seed).astype(int) for name in ("stored.png", "upright.png"))
        assert np.abs(one - other).max() <= 1


@pytest.mark.parametrize("suffix", ["png", "tif", "webp", "jpg"])
def test_every_format_is_read(tmp_path: Path, suffix: str) -> None:
    options = {"webp": {"lossless": True}, "jpg": {"quality": 98, "subsampling": 0}}.get(suffix, {})
    path = save(tmp_path / f"a.{suffix}", smooth(30, 40), **options)
    example = examples(path, Crop(size=24), 1)
    assert distances(smooth(30, 40), example).min() < 1


def test_gray_and_sixteen_bits_become_eight_bit_rgb(tmp_path: Path) -> None:
    gray = noise(9, 9, 1)
    assert np.array_equal(examples(save(tmp_path / "a.png", gray), Crop(size=9), 0), np.stack([gray] * 3, -1))
    deep = gray.astype(np.uint16) * 257
    assert np.array_equal(examples(save(tmp_path / "b.png", deep), Crop(size=9), 0), np.stack([gray] * 3, -1))


def test_what_is_transparent_shows_white_and_keeps_its_color_to_itself(tmp_path: Path) -> None:
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[:, 10:] = (0, 0, 255, 255)
    pixels[:, :10] = (255, 0, 0, 0)
    example = examples(save(tmp_path / "a.png", pixels), Crop(size=10, resize="squash", to=10), 0).astype(int)
    assert np.array_equal(example[:, :4], np.full((10, 4, 3), 255))
    assert np.array_equal(example[:, 6:], np.broadcast_to([0, 0, 255], (10, 4, 3)))
    # Red that is not seen must not tint the edge: between white and blue, red and green go together.
    assert np.array_equal(example[..., 0], example[..., 1])


def test_cmyk_has_the_right_hues(tmp_path: Path) -> None:
    inks = {"cyan": (255, 0, 0, 0), "magenta": (0, 255, 0, 0), "yellow": (0, 0, 255, 0)}
    least = {"cyan": 0, "magenta": 1, "yellow": 2}
    for name, ink in inks.items():
        Image.new("CMYK", (16, 16), ink).save(tmp_path / f"{name}.jpg")
        example = examples(tmp_path / f"{name}.jpg", Crop(size=8, resize="shorter", to=12), 0)
        assert example.mean((0, 1)).argmin() == least[name]


@pytest.mark.parametrize("ratio", [2, 4, 6, 9, 20])
def test_a_jpeg_decoded_at_a_fraction_of_its_size_looks_as_if_decoded_whole(tmp_path: Path, ratio: int) -> None:
    small = np.asarray(Image.fromarray(noise(9, 12, 3)).resize((80, 60), Image.Resampling.BICUBIC))
    large = np.asarray(Image.fromarray(small).resize((80 * ratio, 60 * ratio), Image.Resampling.BICUBIC))
    path = save(tmp_path / "a.jpg", large, quality=95, subsampling=0)
    example = examples(path, Crop(size=50, resize="shorter", to=60), 3)
    assert distances(whole(path, 60, 80), example).min() < 1


def test_large_jpegs_are_not_decoded_at_full_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr("intaglio.data.crop.open_image", lambda *_, shrink: seen.append(shrink) or pytest.fail("enough"))
    for side in (60, 119, 120, 240, 600, 4000):
        path = save(tmp_path / "a.jpg", np.zeros((side, side, 3), np.uint8))
        with pytest.raises(pytest.fail.Exception):
            examples(path, Crop(size=20, resize="shorter", to=30), 0)
    assert seen == [1, 1, 2, 4, 8, 8]


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_a_picture_cut_short_is_an_error_that_names_it(tmp_path: Path, suffix: str) -> None:
    path = cut_short(save(tmp_path / f"a.{suffix}", noise(64, 64, 3)))
    with pytest.raises(PictureError, match=str(path)):
        examples(path, Crop(size=64), 0)


@pytest.mark.parametrize("content", [b"", b"words", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(PictureError, match=str(path)):
        examples(path, Crop(size=4), 0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.sampled_from(["JPEG", "PNG", "TIFF", "WEBP"]), st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_damage_anywhere_gives_a_square_or_one_clear_line(tmp_path: Path, kind: str, places: list[int]) -> None:
    buffer = io.BytesIO()
    Image.fromarray(noise(16, 20, 3)).save(buffer, format=kind)
    content = bytearray(buffer.getvalue())
    for place in places:
        content[place % len(content)] ^= 0xFF
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    message = f"{path}: "
    try:
        example = examples(path, Crop(size=8, resize="shorter", to=10), 0)
    except PictureError as error:
        message = str(error)
    else:
        assert example.shape == (8, 8, 3)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message


@pytest.mark.parametrize(
    "fields",
    [
        {"size": 0},
        {"size": 8, "resize": "shorter"},
        {"size": 8, "resize": "squash", "to": 7},
        {"size": 8, "to": 10},
        {"size": 8, "resize": "longer", "to": 10},
    ],
)
def test_crops_that_cannot_be_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Crop.model_validate(fields)
