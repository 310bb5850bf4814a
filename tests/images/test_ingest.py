import errno
import io
import os
from pathlib import Path

import numpy as np
import pytest
import pyvips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from images.pictures import ingested, noise, png, save, smooth
from intaglio.images.header import read_header
from intaglio.images.ingest import ingest
from intaglio.vocabulary.errors import PictureError, ResourceError
from intaglio.vocabulary.progress import Progress

# What each EXIF orientation does to the stored pixels, in numpy's words.
UPRIGHT = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(np.swapaxes(a, 0, 1), 2),
    8: lambda a: np.rot90(a, 1),
}


def with_orientation(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(tmp_path: Path, orientation: int) -> None:
    stored = noise(13, 21, 3)
    path = save(tmp_path / "a.png", stored, exif=with_orientation(orientation))
    np.testing.assert_array_equal(ingested(path), UPRIGHT[orientation](stored))


@pytest.mark.parametrize("orientation", [3, 4, 5, 6, 7, 8])
def test_turned_pictures_of_several_strips_are_put_together(
    tmp_path: Path, orientation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intaglio.images.ingest._STRIP_BYTES", 4 * 21 * 4)
    monkeypatch.setattr("intaglio.images.ingest._TURNED_STRIP_BYTES", 4 * 21 * 4)
    stored = noise(13, 21, 4)
    path = save(tmp_path / "a.png", stored, exif=with_orientation(orientation))
    np.testing.assert_array_equal(ingested(path), UPRIGHT[orientation](stored))


def test_gray_becomes_rgb(tmp_path: Path) -> None:
    gray = noise(5, 7, 1)
    np.testing.assert_array_equal(ingested(save(tmp_path / "a.png", gray)), np.stack([gray] * 3, -1))


def test_gray_with_alpha_becomes_rgb_with_alpha(tmp_path: Path) -> None:
    pixels = noise(5, 7, 2)
    path = save(tmp_path / "a.png", pixels)
    np.testing.assert_array_equal(ingested(path), pixels[..., [0, 0, 0, 1]])


def test_alpha_and_the_colors_under_it_are_exact(tmp_path: Path) -> None:
    pixels = noise(5, 7, 4)
    pixels[0, :, 3] = 0
    np.testing.assert_array_equal(ingested(save(tmp_path / "a.png", pixels)), pixels)
    np.testing.assert_array_equal(ingested(save(tmp_path / "a.tif", pixels)), pixels)


def test_sixteen_bits_stay(tmp_path: Path) -> None:
    gray = noise(5, 7, 1, bits=16)
    np.testing.assert_array_equal(ingested(save(tmp_path / "a.png", gray)), np.stack([gray] * 3, -1))
    pixels = noise(5, 7, 3, bits=16)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    (tmp_path / "b.png").write_bytes(png(7, 5, rows, bits=16))
    np.testing.assert_array_equal(ingested(tmp_path / "b.png"), pixels)


def test_one_bit_and_palette_are_read(tmp_path: Path) -> None:
    picture = Image.fromarray(noise(9, 11, 3))
    for mode in ("1", "P"):
        converted = picture.convert(mode)
        converted.save(tmp_path / f"{mode}.png")
        np.testing.assert_array_equal(ingested(tmp_path / f"{mode}.png"), np.asarray(converted.convert("RGB")))


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_cmyk_without_profile_has_the_right_hues(tmp_path: Path, suffix: str) -> None:
    inks = np.zeros((16, 64, 4), np.uint8)
    inks[:, 16:32, 0] = inks[:, 32:48, 1] = inks[:, 48:, 2] = 255
    Image.frombytes("CMYK", (64, 16), inks.tobytes()).save(tmp_path / f"a.{suffix}")
    white, cyan, magenta, yellow = (ingested(tmp_path / f"a.{suffix}")[8, x].astype(int) for x in (8, 24, 40, 56))
    assert white.min() > 240
    assert cyan.argmin() == 0
    assert cyan[0] < 80
    assert magenta.argmin() == 1
    assert magenta[1] < 80
    assert yellow.argmin() == 2
    assert yellow[2] < 80


def wide_gamut_profile() -> bytes:
    """Display P3, as libvips carries it."""
    image = pyvips.Image.black(1, 1, bands=3).copy(interpretation="srgb").icc_transform("p3", input_profile="srgb")
    return bytes(image.get("icc-profile-data"))


def test_an_embedded_profile_is_converted_as_littlecms_does_it_elsewhere(tmp_path: Path) -> None:
    pixels, profile = noise(30, 40, 3), wide_gamut_profile()
    result = ingested(save(tmp_path / "a.png", pixels, icc_profile=profile)).astype(int)
    expected = ImageCms.profileToProfile(
        Image.fromarray(pixels),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.PERCEPTUAL,
    )
    assert np.abs(result - np.asarray(expected)).max() <= 2
    assert np.abs(result - pixels).max() > 10


def test_alpha_stays_when_colors_are_converted(tmp_path: Path) -> None:
    pixels = noise(10, 10, 4)
    result = ingested(save(tmp_path / "a.png", pixels, icc_profile=wide_gamut_profile()))
    np.testing.assert_array_equal(result[..., 3], pixels[..., 3])
    assert (result[..., :3] != pixels[..., :3]).any()


def test_sixteen_bits_of_alpha_stay_when_colors_are_converted(tmp_path: Path) -> None:
    pixels = noise(10, 10, 4, bits=16)
    image = pyvips.Image.new_from_array(pixels).copy(interpretation="rgb16")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", wide_gamut_profile())
    image.tiffsave(str(tmp_path / "a.tif"))
    result = ingested(tmp_path / "a.tif")
    np.testing.assert_array_equal(result[..., 3], pixels[..., 3])
    assert (result[..., :3] != pixels[..., :3]).any()


def test_premultiplied_alpha_is_undone(tmp_path: Path) -> None:
    pixels = noise(10, 10, 4)
    pixels[..., 3] |= 192
    pyvips.Image.new_from_array(pixels).copy(interpretation="srgb").tiffsave(str(tmp_path / "a.tif"), premultiply=True)
    assert np.abs(ingested(tmp_path / "a.tif").astype(int) - pixels).max() <= 2


def test_a_profile_that_says_srgb_moves_nothing(tmp_path: Path) -> None:
    pixels = noise(10, 10, 3)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_array_equal(ingested(save(tmp_path / "a.png", pixels, icc_profile=profile)), pixels)


@pytest.mark.parametrize("profile", [wide_gamut_profile(), b"no profile at all"])
def test_a_profile_for_other_channels_or_none_at_all_is_ignored(tmp_path: Path, profile: bytes) -> None:
    gray = noise(10, 10, 1)
    result = ingested(save(tmp_path / "a.tif", gray, icc_profile=profile))
    np.testing.assert_array_equal(result, np.stack([gray] * 3, -1))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 5000), (5000, 7)])
def test_tiny_and_thin_pictures_work(tmp_path: Path, width: int, height: int) -> None:
    pixels = noise(height, width, 3)
    np.testing.assert_array_equal(ingested(save(tmp_path / "a.png", pixels)), pixels)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "avif"])
@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_picture_cut_short_is_an_error_and_leaves_nothing(tmp_path: Path, suffix: str, share: float) -> None:
    whole = save(tmp_path / f"whole.{suffix}", noise(200, 200, 3)).read_bytes()
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(whole[: int(len(whole) * share)])
    before = sorted(tmp_path.iterdir())
    with pytest.raises(PictureError, match=r"cut\..*(damaged|cut short)"):
        ingest(read_header(path), tmp_path / "spool")
    assert sorted(tmp_path.iterdir()) == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffix=st.sampled_from(["jpg", "png", "tif", "webp"]), places=st.lists(st.integers(12, 10**6), min_size=1, max_size=8))
def test_damage_anywhere_is_survived_or_one_clear_line(tmp_path: Path, suffix: str, places: list[int]) -> None:
    path = save(tmp_path / f"a.{suffix}", noise(24, 24, 3), exif=with_orientation(6))
    content = bytearray(path.read_bytes())
    for place in places:
        content[12 + place % (len(content) - 12)] ^= 1 + place % 255
    path.write_bytes(content)
    spool = tmp_path / "spool"
    spool.unlink(missing_ok=True)
    message, expected = "", None
    try:
        picture = read_header(path, pixel_budget=10**6)
        ingest(picture, spool)
        expected = picture.spool_bytes
    except PictureError as error:
        message = str(error)
    assert (spool.stat().st_size if spool.exists() else None) == expected
    assert "\n" not in message


def test_a_picture_changed_since_its_header_was_read_is_an_error(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", noise(10, 10, 3))
    picture = read_header(path)
    save(path, noise(11, 10, 3))
    with pytest.raises(PictureError, match="changed since"):
        ingest(picture, tmp_path / "spool")
    path.unlink()
    with pytest.raises(PictureError):
        ingest(picture, tmp_path / "spool")


def test_a_full_disk_names_the_folder_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = read_header(save(tmp_path / "a.png", noise(10, 10, 3)))

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(ResourceError, match="disk is full") as caught:
        ingest(picture, tmp_path / "spool")
    assert str(tmp_path) in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_missing_spool_folder_is_a_resource_error(tmp_path: Path) -> None:
    picture = read_header(save(tmp_path / "a.png", noise(10, 10, 3)))
    with pytest.raises(ResourceError, match="spool"):
        ingest(picture, tmp_path / "nowhere" / "spool")


def test_progress_ends_at_the_whole_picture(tmp_path: Path) -> None:
    events: list[Progress] = []
    ingest(read_header(save(tmp_path / "a.jpg", smooth(40, 50))), tmp_path / "spool", listener=events.append)
    assert events[-1].fraction == 1.0
    assert events[-1].total == pytest.approx(0.002)


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
def test_what_the_listener_raises_stops_the_work(tmp_path: Path, failure: type[BaseException]) -> None:
    def stop(_: Progress) -> None:
        raise failure

    with pytest.raises(failure):
        ingest(read_header(save(tmp_path / "a.png", noise(10, 10, 3))), tmp_path / "spool", listener=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
