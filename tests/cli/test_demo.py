import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.html_page import Page
from intaglio.cli.demo import Exhibits, make_demo
from intaglio.cli.demo_chart import chart
from intaglio.cli.demo_distillation import Lesson
from intaglio.cli.demo_learned import Curve
from intaglio.cli.demo_page import page
from intaglio.cli.demo_record import Demo
from intaglio.cli.main import main
from intaglio.samples import ENGRAVING, NETWORKS, WINDOW
from intaglio.vocabulary.quantities import format_bytes


def small(source: Path, folder: Path, width: int, height: int) -> Path:
    with Image.open(source) as picture:
        picture.resize((width, height)).save(folder / source.name)
    return folder / source.name


@pytest.fixture(scope="module")
def exhibits(tmp_path_factory: pytest.TempPathFactory) -> Exhibits:
    folder = tmp_path_factory.mktemp("exhibits")
    content = small(ENGRAVING.parent / "content.jpg", folder, 120, 80)
    styles = tuple(small(path, folder, 96, 64) for path in (ENGRAVING, WINDOW))
    networks = {"one": NETWORKS["wct-16x"], "<two>": NETWORKS["wct-16x"]}
    lesson = Lesson(network="one", seconds=0.0, crop=32, batch_size=1)
    return Exhibits(content=content, styles=styles, networks=networks, small=content, lesson=lesson)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, exhibits: Exhibits) -> Path:
    """The demo, small, run once for all tests of this file."""
    made = tmp_path_factory.mktemp("demo") / "new" / "folder"
    make_demo(made, exhibits)
    return made


@pytest.fixture(scope="module")
def demo(folder: Path) -> Demo:
    return Demo.parse(json.loads((folder / "demo.json").read_text()), where="demo.json")


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return (folder / "index.html").read_text("utf-8")


def test_every_link_of_the_page_leads_to_a_file_beside_it_and_every_file_is_linked(folder: Path, html: str) -> None:
    links = set(Page(html).links)
    assert all((folder / link).is_file() for link in links)
    assert {path.name for path in folder.iterdir()} == links | {"index.html"}


def test_the_page_knows_no_other_place(folder: Path, html: str) -> None:
    assert not re.search(r"https?://|//[a-z]|file:", html)
    for text in (html, (folder / "demo.json").read_text()):
        assert str(folder) not in text
        assert str(ENGRAVING.parent) not in text


def test_every_picture_of_the_page_says_what_it_is(html: str) -> None:
    images = Page(html).images
    assert images
    assert all(image["alt"] for image in images)


def test_the_page_says_what_the_json_says(html: str, demo: Demo) -> None:
    words = Page(html).text()
    for one in demo.stylizations:
        assert f"{one.seconds_per_megapixel:.2f} s/Mpx" in words
        assert format_bytes(one.peak_bytes) in words
    for network in demo.networks:
        assert f"{network.parameters:,}" in words
    assert f"{demo.distillation.student_parameters:,}" in words
    assert f"{demo.distillation.steps[1]:,} steps" in words


def test_the_page_is_a_function_of_the_json(html: str, demo: Demo) -> None:
    assert page(demo) == html


def test_names_do_not_become_markup(html: str) -> None:
    assert "<two>" not in html
    assert "&lt;two&gt;" in html


def test_every_network_paints_every_style_at_the_size_of_the_content(folder: Path, demo: Demo) -> None:
    assert len({(one.network, one.style) for one in demo.stylizations}) == 4
    for one in demo.stylizations:
        with Image.open(folder / one.picture) as picture:
            assert picture.size == (120, 80)
            assert np.asarray(picture).std() > 20


def test_the_student_is_half_as_wide_and_learns(demo: Demo) -> None:
    lesson = demo.distillation
    assert lesson.widths == (16, 16, 32)
    assert lesson.student_widths == (8, 8, 16)
    assert lesson.student_parameters < 0.35 * lesson.parameters
    assert [curve.steps[-1] for curve in lesson.curves] == list(lesson.steps)
    assert all(curve.terms["total"][0] > 0 for curve in lesson.curves)


def test_before_and_after_are_pictures_of_the_content_that_differ(folder: Path, demo: Demo) -> None:
    lesson = demo.distillation
    names = (lesson.before_picture, lesson.after_picture, lesson.teacher_picture, lesson.student_picture)
    pictures = [np.asarray(Image.open(folder / name)).astype(float) for name in names]
    assert all(picture.shape == (80, 120, 3) for picture in pictures)
    assert np.abs(pictures[0] - pictures[1]).mean() > 1
    assert np.abs(pictures[2] - pictures[3]).mean() > 5


def test_a_second_run_replaces_what_the_first_made_and_nothing_else(folder: Path, exhibits: Exhibits, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("old")
    (tmp_path / "mine.txt").write_text("mine")
    scratch = tmp_path / ".one-window.jpg.intaglio"
    scratch.mkdir()
    (scratch / "content.raw").write_bytes(b"half")
    make_demo(tmp_path, exhibits)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in folder.iterdir()} | {"mine.txt"}
    assert (tmp_path / "one-window.jpg").read_bytes() == (folder / "one-window.jpg").read_bytes()


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_folder_that_cannot_be_made_is_one_line(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main(["demo", "-o", str(tmp_path / name)]) == 2
    told = capsys.readouterr().err
    assert "cannot be made a folder" in told
    assert told.count("\n") == 1


def test_a_chart_has_a_line_and_a_name_for_each_term_and_stays_in_its_frame() -> None:
    curve = Curve(title="a & b", steps=(1, 5, 9), terms={"total": (100.0, 1.0, 0.01), "pixel": (0.0, 3.0, 2.0)})
    drawn = chart(curve)
    lines = re.findall(r'points="([^"]*)"', drawn)
    points = [tuple(map(float, pair.split(","))) for line in lines for pair in line.split()]
    assert len(lines) == drawn.count("<li ") == 2
    assert len(points) == 5  # zero has no logarithm
    assert all(0 <= x <= 560 and 0 <= y <= 300 for x, y in points)
    total = [tuple(map(float, pair.split(","))) for pair in lines[-1].split()]
    assert total[0][1] < total[1][1] < total[2][1]
    assert total[1][1] - total[0][1] == pytest.approx(total[2][1] - total[1][1], abs=0.2)
    assert "a &amp; b" in drawn


def test_a_constant_term_has_a_chart_too() -> None:
    assert "<polyline" in chart(Curve(title="flat", steps=(1,), terms={"total": (1.0,)}))
