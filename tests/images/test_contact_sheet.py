from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from intaglio.images.contact_sheet import contact_sheet

CELL, GAP, LINE = (60, 40), 8, 22


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Three pictures of one color each: wide, tall, and of the cell's shape."""
    made = []
    for number, (size, color) in enumerate([((90, 30), "red"), ((20, 80), "green"), ((60, 40), "blue")]):
        made.append(tmp_path / f"{number}.png")
        Image.new("RGB", size, color).save(made[-1])
    return made


def sheet(pictures: list[Path], captions: list[str]) -> np.ndarray:
    out = pictures[0].parent / "sheet.png"
    contact_sheet(pictures, out, columns=2, cell=CELL, gap=GAP, captions=captions)
    with Image.open(out) as found:
        return np.asarray(found).astype(int)


def line(page: np.ndarray, number: int) -> np.ndarray:
    """What is below a picture, in its cell, and as far as the gaps around it."""
    left, top = number % 2 * (CELL[0] + GAP), GAP + number // 2 * (CELL[1] + LINE + GAP) + CELL[1]
    return page[top : top + LINE, left : left + CELL[0] + 2 * GAP]


def test_pictures_lie_in_the_middle_of_their_cells(pictures: list[Path]) -> None:
    page = sheet(pictures, [])
    assert page.shape == (2 * 40 + 3 * 8, 2 * 60 + 3 * 8, 3)
    assert page[8 + 20, 8 + 30].tolist() == [255, 0, 0]
    assert page[8 + 5, 8 + 30].tolist() == [255, 255, 255]
    assert page[8 + 20, 76 + 30].tolist() == [0, 128, 0]
    assert page[8 + 20, 76 + 5].tolist() == [255, 255, 255]
    assert page[56 + 1, 8 + 1].tolist() == [0, 0, 255]


def test_a_caption_stands_below_its_picture(pictures: list[Path]) -> None:
    page = sheet(pictures, ["one", "", "three"])
    assert page.shape == (2 * (40 + 22) + 3 * 8, 2 * 60 + 3 * 8, 3)
    darkest = [line(page, number).min() for number in range(3)]
    assert darkest[0] < 100
    assert darkest[1] == 255
    assert darkest[2] < 100
    bare = sheet(pictures, [" ", "", ""])
    assert np.array_equal(bare[: 8 + 40], page[: 8 + 40])


@pytest.mark.parametrize("text", ["a very long name of a painting that nobody would read to its end", "W" * 300, "漢字" * 40])
def test_a_caption_that_is_too_long_is_cut_to_its_cell(pictures: list[Path], text: str) -> None:
    page = sheet(pictures, [text, "", ""])
    assert line(page, 0)[:, GAP:-GAP].min() < 100
    assert line(page, 0)[:, :GAP].min() == line(page, 0)[:, -GAP:].min() == 255


@pytest.mark.parametrize("text", ["a & <b>", "<i>", "two\nlines", "&amp;", "\u200b", "\x01", "e\u0301"])
def test_any_name_is_a_caption(pictures: list[Path], text: str) -> None:
    page = sheet(pictures, [text, "", ""])
    assert page.shape == (2 * (40 + 22) + 3 * 8, 2 * 60 + 3 * 8, 3)
    assert page[8 + 20, 8 + 30].tolist() == [255, 0, 0]


def test_a_caption_is_smaller_before_it_is_cut(pictures: list[Path]) -> None:
    def inked(text: str) -> int:
        below = line(sheet(pictures, [text, "", ""]), 0)
        return int((below.min(axis=(1, 2)) < 200).sum())

    assert inked("bbbbb") > inked("bbbbbbbb") > 0
