import os
from pathlib import Path

import pytest

from images.pictures import noise, save, stranger
from intaglio.images.catalog import OutputOptions
from intaglio.images.output import check_output
from intaglio.vocabulary.errors import OptionError, ResourceError


@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "a.png", "a.tif", "a.tiff", "a.webp"])
def test_a_good_output_passes_and_is_not_touched(tmp_path: Path, name: str) -> None:
    check_output(tmp_path / name, width=100, height=100, source=tmp_path / "other.jpg")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_suffix_lists_near_ones(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"did you mean .*\.jpg") as caught:
        check_output(tmp_path / "a.jpgg", width=1, height=1)
    assert ".webp" in str(caught.value)


def test_a_name_without_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="no suffix"):
        check_output(tmp_path / "a", width=1, height=1)


@pytest.mark.parametrize(
    ("name", "side", "advice"), [("a.jpg", 65501, "use PNG or TIFF"), ("a.webp", 16384, "use JPEG or PNG or TIFF")]
)
def test_sides_too_long_for_a_format_name_those_that_can(tmp_path: Path, name: str, side: int, advice: str) -> None:
    check_output(tmp_path / name, width=side - 1, height=5)
    for width, height in ((side, 5), (5, side)):
        with pytest.raises(OptionError, match=advice):
            check_output(tmp_path / name, width=width, height=height)


def test_a_pyramid_needs_tiff(tmp_path: Path) -> None:
    options = OutputOptions(pyramid=True)
    check_output(tmp_path / "a.tif", width=9, height=9, options=options)
    with pytest.raises(OptionError, match=r"\.tif"):
        check_output(tmp_path / "a.png", width=9, height=9, options=options)


def test_a_folder_is_no_output(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(OptionError, match="is a folder"):
        check_output(tmp_path / "a.png", width=1, height=1)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="nowhere does not exist"):
        check_output(tmp_path / "nowhere" / "a.png", width=1, height=1)


def test_a_folder_without_right_to_write_is_a_resource_error(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    # The folders above must let a stranger through, or he would not even see this one.
    above = [folder for folder in (tmp_path, *tmp_path.parents) if folder.owner() == tmp_path.owner() and folder != Path("/")]
    modes = [folder.stat().st_mode for folder in above]
    for folder in above:
        folder.chmod(folder.stat().st_mode | 0o055)
    closed.chmod(0o555)
    try:
        with stranger(), pytest.raises(ResourceError, match=r"no right to write.*closed"):
            check_output(closed / "a.png", width=1, height=1)
    finally:
        for folder, mode in zip(above, modes, strict=True):
            folder.chmod(mode)


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_the_input_is_no_output_not_even_through_a_link(tmp_path: Path, link: object) -> None:
    source = save(tmp_path / "a.png", noise(3, 3, 3))
    out = source
    if callable(link):
        out = tmp_path / "b.png"
        link(source, out)
    with pytest.raises(OptionError, match="output is the input"):
        check_output(out, width=3, height=3, source=source)
