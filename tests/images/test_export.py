import errno
import os
import stat
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pyvips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms

from images.pictures import ingested, noise, save, smooth
from intaglio.images.catalog import OutputOptions
from intaglio.images.export import export
from intaglio.images.header import Picture, read_header
from intaglio.images.ingest import ingest
from intaglio.vocabulary.errors import OptionError, PictureError, ResourceError
from intaglio.vocabulary.progress import Progress

GPS = 0x8825
ARTIST, COPYRIGHT, DESCRIPTION, DATE, SOFTWARE = 315, 33432, 270, 306, 305


def exported(out: Path, pixels: NDArray[np.generic], **options: object) -> Path:
    """A picture of these pixels, written by `export`."""
    spool = out.with_name("pixels.spool")
    spool.write_bytes(pixels.astype(pixels.dtype.newbyteorder("<")).tobytes())
    height, width, bands = pixels.shape
    export(spool, width=width, height=height, bands=bands, bits=pixels.itemsize * 8, out=out, **options)
    spool.unlink()
    return out


def pixels_of(path: Path) -> NDArray[np.generic]:
    """As pillow reads it."""
    with Image.open(path) as opened:
        return np.asarray(opened)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".TIFF"])
@pytest.mark.parametrize("bands", [3, 4])
@pytest.mark.parametrize("bits", [8, 16])
def test_lossless_formats_return_every_bit(tmp_path: Path, suffix: str, bands: int, bits: int) -> None:
    pixels = noise(33, 41, bands, bits=bits)
    out = exported(tmp_path / f"a{suffix}", pixels)
    assert read_header(out).bits == bits
    np.testing.assert_array_equal(ingested(out), pixels)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    bands=st.sampled_from([3, 4]),
    bits=st.sampled_from([8, 16]),
    seed=st.integers(0, 9),
)
def test_png_round_trips_at_any_size(tmp_path: Path, height: int, width: int, bands: int, bits: int, seed: int) -> None:
    pixels = noise(height, width, bands, bits=bits, seed=seed)
    np.testing.assert_array_equal(ingested(exported(tmp_path / "a.png", pixels)), pixels)


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_lossy_formats_stay_close(tmp_path: Path, suffix: str) -> None:
    pixels = smooth(64, 80)
    result = pixels_of(exported(tmp_path / f"a{suffix}", pixels)).astype(int)
    assert np.abs(result - pixels).mean() < 3


def test_jpeg_keeps_full_color_resolution_from_90_on(tmp_path: Path) -> None:
    for quality, sampling in ((92, "4:4:4"), (89, "4:2:0")):
        out = exported(tmp_path / f"{quality}.jpg", smooth(32, 32), options=OutputOptions(quality=quality))
        assert pyvips.Image.new_from_file(str(out)).get("jpeg-chroma-subsample") == sampling


def test_alpha_is_laid_on_white_in_jpeg(tmp_path: Path) -> None:
    pixels = np.zeros((32, 32, 4), np.uint8)
    pixels[:, 16:, 3] = 255
    result = pixels_of(exported(tmp_path / "a.jpg", pixels))
    assert result[:, :8].min() > 250
    assert result[:, 24:].max() < 5


def test_sixteen_bits_on_white_are_white_in_eight(tmp_path: Path) -> None:
    pixels = np.zeros((16, 16, 4), np.uint16)
    assert pixels_of(exported(tmp_path / "a.jpg", pixels)).min() > 250


@pytest.mark.parametrize(
    ("level", "rounded"), [(0, 0), (128, 0), (129, 1), (257, 1), (385, 1), (386, 2), (65406, 254), (65407, 255), (65535, 255)]
)
def test_sixteen_bits_are_rounded_to_the_nearest_of_eight(tmp_path: Path, level: int, rounded: int) -> None:
    # A flat picture is exact in JPEG at the best quality.
    out = exported(tmp_path / "a.jpg", np.full((16, 16, 3), level, np.uint16), options=OutputOptions(quality=100))
    assert np.unique(pixels_of(out)).tolist() == [rounded]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_the_output_is_tagged_as_srgb_and_upright(tmp_path: Path, suffix: str) -> None:
    out = exported(tmp_path / f"a{suffix}", noise(20, 20, 3))
    with Image.open(out) as opened:
        profile, stored = opened.info["icc_profile"], opened.getexif().get(0x0112, 1)
    (tmp_path / "profile.icc").write_bytes(profile)
    assert "srgb" in ImageCms.getProfileName(str(tmp_path / "profile.icc")).lower()
    assert stored == 1
    assert read_header(out).orientation == 1


def tagged_source(path: Path, orientation: int = 6) -> Picture:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[ARTIST] = "Ann (of Arbor)"
    exif[COPYRIGHT] = "2020 Ann (all rights reserved)"
    exif[DESCRIPTION] = "A barn"
    exif[DATE] = "2020:01:02 03:04:05"
    exif[SOFTWARE] = "Camera 1.0"
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    save(path, noise(20, 20, 3), exif=exif, dpi=(300, 200))
    return read_header(path)


@pytest.mark.parametrize("source", [".jpg", ".png", ".tif"])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_credits_and_resolution_are_kept_and_the_rest_is_dropped(tmp_path: Path, source: str, suffix: str) -> None:
    like = tagged_source(tmp_path / f"source{source}")
    with Image.open(exported(tmp_path / f"a{suffix}", noise(20, 20, 3), like=like)) as opened:
        exif = opened.getexif()
        resolution = (exif[282], exif[283]) if 282 in exif else opened.info["dpi"]
    assert exif[ARTIST] == "Ann (of Arbor)"
    assert exif[COPYRIGHT] == "2020 Ann (all rights reserved)"
    assert exif[DESCRIPTION] == "A barn"
    assert not exif.get_ifd(GPS)
    assert DATE not in exif
    assert SOFTWARE not in exif
    # The source lies on its side, so its two resolutions change places.
    assert [float(value) for value in resolution] == pytest.approx([200, 300], rel=1e-3)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_names_in_any_script_survive(tmp_path: Path, suffix: str) -> None:
    picture = read_header(save(tmp_path / "source.png", noise(4, 4, 3)))
    like = replace(picture, metadata=replace(picture.metadata, copyright="© Zoë 山田", artist="Ÿ"))
    metadata = read_header(exported(tmp_path / f"a{suffix}", noise(4, 4, 3), like=like)).metadata
    assert (metadata.copyright, metadata.artist, metadata.description) == ("© Zoë 山田", "Ÿ", "")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_the_same_spool_gives_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    like = tagged_source(tmp_path / "source.jpg")
    first, second = (exported(tmp_path / f"{i}{suffix}", noise(300, 300, 3), like=like).read_bytes() for i in (1, 2))
    assert first == second


@pytest.mark.parametrize("compression", ["deflate", "lzw", "none"])
def test_a_pyramid_holds_halved_copies_and_the_credits(tmp_path: Path, compression: str) -> None:
    pixels, like = noise(700, 600, 3), tagged_source(tmp_path / "source.tif")
    options = OutputOptions(pyramid=True, compression=compression)
    out = exported(tmp_path / "a.tif", pixels, like=like, options=options)
    np.testing.assert_array_equal(ingested(out), pixels)
    with Image.open(out) as opened:
        sizes = []
        for page in range(opened.n_frames):
            opened.seek(page)
            sizes.append(opened.size)
        assert sizes == [(600, 700), (300, 350), (150, 175)]
    assert read_header(out).metadata.copyright == "2020 Ann (all rights reserved)"


def test_large_tiff_files_are_bigtiff_and_carry_the_credits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intaglio.images.catalog._CLASSIC_TIFF_BYTES", 100)
    pixels, like = noise(20, 20, 3), tagged_source(tmp_path / "source.jpg")
    out = exported(tmp_path / "a.tif", pixels, like=like)
    assert out.read_bytes()[:4] == b"II+\0"
    np.testing.assert_array_equal(ingested(out), pixels)
    assert read_header(out).metadata.artist == "Ann (of Arbor)"


def test_a_failing_write_keeps_the_older_output_and_leaves_nothing_partial(tmp_path: Path) -> None:
    out = tmp_path / "a.png"
    out.write_bytes(b"older")
    code = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        from intaglio.images.export import export
        from intaglio.vocabulary.errors import ResourceError
        folder = Path(sys.argv[1])
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        for suffix in ("png", "tif", "jpg", "webp"):
            try:
                export(folder / "spool", width=200, height=200, bands=3, bits=8, out=folder / f"a.{suffix}")
            except ResourceError as error:
                print(error)
    """)
    (tmp_path / "spool").write_bytes(noise(200, 200, 3).tobytes())
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    assert all(f"in {tmp_path}: the file grows too large" in line for line in lines)
    assert done.stderr == ""
    assert out.read_bytes() == b"older"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "spool"]


def test_a_full_disk_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResourceError, match="disk is full") as caught:
        exported(tmp_path / "a.png", noise(4, 4, 3))
    assert str(tmp_path) in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["pixels.spool"]


def test_what_the_listener_raises_stops_the_work(tmp_path: Path) -> None:
    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exported(tmp_path / "a.png", noise(400, 400, 3), listener=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["pixels.spool"]


def test_progress_rises_to_the_whole_picture(tmp_path: Path) -> None:
    events: list[Progress] = []
    exported(tmp_path / "a.tif", noise(400, 400, 3), listener=events.append)
    done = [event.done for event in events]
    assert done == sorted(done)
    assert events[-1].fraction == 1.0


def test_the_users_umask_decides_who_may_read_the_output(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        out = exported(tmp_path / "a.png", noise(4, 4, 3))
    finally:
        os.umask(before)
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_a_spool_of_another_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spool").write_bytes(bytes(47))
    with pytest.raises(PictureError, match="47 bytes"):
        export(tmp_path / "spool", width=4, height=4, bands=3, bits=8, out=tmp_path / "a.png")


@pytest.mark.parametrize("options", [{"quality": 0}, {"quality": 101}, {"compression": "zip"}])
def test_options_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(OptionError, match=r"0|101|zip"):
        OutputOptions(**options)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_memory_does_not_grow_with_the_picture(tmp_path: Path, suffix: str) -> None:
    code = textwrap.dedent("""
        import sys
        from pathlib import Path
        from intaglio.images.export import export
        from intaglio.images.header import read_header
        from intaglio.images.ingest import ingest
        folder, side = Path(sys.argv[1]), int(sys.argv[2])
        with (folder / "spool").open("wb") as spool:
            spool.truncate(side * side * 3)
        size = dict(width=side, height=side, bands=3, bits=8)
        export(folder / "spool", out=folder / f"a{sys.argv[3]}", **size)
        ingest(read_header(folder / f"a{sys.argv[3]}"), folder / "spool")
        status = Path("/proc/self/status").read_text()
        print(status.partition("VmHWM:")[2].split()[0])
    """)
    peaks = []
    for side in (4_000, 20_000):
        command = [sys.executable, "-c", code, str(tmp_path), str(side), suffix]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    assert max(peaks) < 200_000
    assert peaks[1] - peaks[0] < 80_000


def test_the_spool_is_let_go_when_the_work_is_done(tmp_path: Path) -> None:
    exported(tmp_path / "a.png", noise(50, 50, 3))
    ingest(read_header(tmp_path / "a.png"), tmp_path / "again.spool")
    held = [
        os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{name}")
    ]
    assert not [name for name in held if str(tmp_path) in name]
