from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from intaglio.cli.demo import SHEET, VARIANTS
from intaglio.cli.main import main
from intaglio.samples import CONTENT


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, run once for all tests of this file."""
    made = tmp_path_factory.mktemp("demo") / "new" / "folder"
    assert main(["demo", "-o", str(made)]) == 0
    return made


def test_the_demo_leaves_its_pictures_and_a_sheet_and_nothing_else(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {SHEET, *(f"{variant.name}.png" for variant in VARIANTS)}


def test_the_pictures_have_the_size_of_the_content(folder: Path) -> None:
    for variant in VARIANTS:
        assert pixels(folder / f"{variant.name}.png").shape == pixels(CONTENT).shape == (512, 768, 3)


def test_the_sheet_shows_two_rows_of_four(folder: Path) -> None:
    assert pixels(folder / SHEET).shape == (2 * 256 + 3 * 8, 4 * 384 + 5 * 8, 3)


def test_the_result_differs_from_the_content_and_less_at_half_strength(folder: Path) -> None:
    full, half = (np.abs(pixels(folder / name) - pixels(CONTENT)).mean() for name in ("painted.png", "painted-half.png"))
    assert full > half > 5


def test_the_result_has_contrast_and_stays_within_range(folder: Path) -> None:
    for variant in VARIANTS:
        levels = pixels(folder / f"{variant.name}.png")
        assert levels.std() > 25
        assert np.isin(levels, (0, 255)).mean() < 0.2


def test_tiles_do_not_show(folder: Path) -> None:
    # Sums over other tiles round differently in the last place, which can tip a value that lies between two levels.
    difference = np.abs(pixels(folder / "painted.png") - pixels(folder / "painted-in-tiles.png"))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main(["demo", "-o", str(tmp_path / "file")]) == 2
    assert "cannot be made a folder" in capsys.readouterr().err
