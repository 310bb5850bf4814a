import json
import re
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cli.html_page import Page
from intaglio.cli.gallery_choice import choose
from intaglio.cli.gallery_page import page
from intaglio.cli.gallery_paint import hang
from intaglio.cli.gallery_record import Gallery
from intaglio.cli.main import main
from intaglio.samples import CONTENT, ENGRAVING, NETWORKS, PAINTING
from intaglio.storage.artifact import save_pretrained
from intaglio.stylizing import stylize as engine
from intaglio.vocabulary.progress import Progress
from intaglio.vocabulary.quantities import format_bytes
from style_networks import STYLE_CARDS, pretrained


def small(source: Path, out: Path, size: tuple[int, int]) -> Path:
    out.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(source) as picture:
        picture.resize(size).save(out)
    return out


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures and networks: one larger than the gallery's size, names that are markup, a cascade and a stepped network."""
    folder = tmp_path_factory.mktemp("given")
    small(CONTENT, folder / "contents" / "lake.jpg", (150, 100))
    small(PAINTING, folder / "contents" / "a & b #1.png", (40, 64))
    small(PAINTING, folder / "styles" / "painting.jpg", (64, 64))
    small(ENGRAVING, folder / "styles" / "<engraving>.jpg", (64, 48))
    for name in ("adain", "sanet"):
        save_pretrained(pretrained(STYLE_CARDS[name]), folder / "networks" / name)
    return folder


def command(given: Path, out: Path, *more: str) -> list[str]:
    models = [word for name in ("adain", "sanet") for word in ("--model", str(given / "networks" / name))]
    pictures = ["--content", str(given / "contents"), "--style", str(given / "styles")]
    return ["gallery", *pictures, *models, "--size", "96", "--device", "cpu", "-o", str(out), *more]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, given: Path) -> Path:
    """A gallery of two contents, two styles and two networks, made once; tests that change one copy it."""
    made = tmp_path_factory.mktemp("gallery") / "new" / "folder"
    assert main(command(given, made)) == 0
    return made


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "gallery"))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Notes each call of the engine, which works as ever."""
    noted: list[Any] = []
    whole = engine.stylize

    def noting(*arguments: Any, **options: Any) -> Any:
        noted.append(options["model"].card.name)
        return whole(*arguments, **options)

    monkeypatch.setattr(engine, "stylize", noting)
    return noted


def record(folder: Path) -> Gallery:
    return Gallery.parse(json.loads((folder / "gallery.json").read_text()), where="gallery.json")


def test_every_content_is_stylized_in_every_style_by_every_network(folder: Path) -> None:
    gallery = record(folder)
    trios = [(work.content, work.style, work.network) for work in gallery.works]
    assert trios == [
        (content, style, network)
        for content in ("a & b #1", "lake")
        for style in ("<engraving>", "painting")
        for network in ("adain", "sanet")
    ]
    pictures = [np.asarray(Image.open(folder / work.picture)).astype(int) for work in gallery.works]
    assert {picture.shape for picture in pictures[:4]} == {(64, 40, 3)}
    assert {picture.shape for picture in pictures[4:]} == {(64, 96, 3)}
    assert all(np.abs(one - other).mean() > 1 for one, other in pairwise(pictures[:4]))


def test_pictures_are_taken_at_the_size_and_never_enlarged(folder: Path) -> None:
    gallery = record(folder)
    assert [(one.width, one.height) for one in gallery.contents] == [(40, 64), (96, 64)]
    assert [(one.width, one.height) for one in gallery.styles] == [(64, 48), (64, 64)]
    for one in (*gallery.contents, *gallery.styles):
        with Image.open(folder / one.picture) as picture:
            assert picture.size == (one.width, one.height)


def test_the_sheet_has_a_row_for_each_content_and_style(folder: Path) -> None:
    with Image.open(folder / "gallery.jpg") as sheet:
        assert sheet.size == (4 * 320 + 5 * 8, 4 * (400 + 22) + 5 * 8)


def test_the_facts_are_those_of_the_networks(folder: Path, given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for network in record(folder).networks:
        path = given / "networks" / network.name
        assert main(["inspect", str(path), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (network.model, network.parameters, network.bytes) == (told["digest"], told["parameters"], told["bytes"])
        assert network.macs_per_megapixel == told["macs_per_megapixel"]
        assert network.paper == STYLE_CARDS[network.name].paper


def test_every_link_of_the_page_leads_to_a_file_beside_it_and_every_file_is_linked(folder: Path) -> None:
    links = set(Page((folder / "index.html").read_text("utf-8")).links)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == links | {"index.html"}


def test_the_page_knows_no_other_place_and_names_do_not_become_markup(folder: Path) -> None:
    html = (folder / "index.html").read_text("utf-8")
    assert not re.search(r"https?://|//[a-z]|file:", html)
    assert str(folder) not in html + (folder / "gallery.json").read_text()
    assert "<engraving>" not in html
    assert "&lt;engraving&gt;" in html
    assert all(image["alt"] for image in Page(html).images)


def test_the_page_says_what_the_json_says(folder: Path) -> None:
    html, gallery = (folder / "index.html").read_text("utf-8"), record(folder)
    words = Page(html).text()
    assert "Two pictures, two styles, two networks" in words
    for network in gallery.networks:
        facts = [f"{network.parameters:,}", format_bytes(network.bytes), f"{network.macs_per_megapixel / 1e9:.4g}"]
        for said in (*facts, f"{gallery.pace(network.name):.2f}", network.paper, network.streaming):
            assert said in words
    assert page(gallery, version="0.1.0", sheet="gallery.jpg", numbers="gallery.json") == html


def test_what_is_there_is_not_made_again(copy: Path, given: Path, calls: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in (copy / "pictures").iterdir()}
    page_before, json_before = ((copy / name).read_bytes() for name in ("index.html", "gallery.json"))
    assert main(command(given, copy)) == 0
    assert calls == []
    assert "0 pictures made, 8 were there" in capsys.readouterr().out
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in before} == before
    assert (copy / "index.html").read_bytes() == page_before
    assert (copy / "gallery.json").read_bytes() == json_before


def lose(gallery: Path, _: Path) -> None:
    next((gallery / "pictures").glob("lake_painting_sanet.jpg")).unlink()


def repaint(_: Path, given: Path) -> None:
    small(ENGRAVING, given / "styles" / "painting.jpg", (64, 64))


def exchange(_: Path, given: Path) -> None:
    save_pretrained(pretrained(STYLE_CARDS["sanet"], 1), given / "networks" / "sanet")


def damage(gallery: Path, _: Path) -> None:
    (gallery / "gallery.json").write_text("{")


def replace(gallery: Path, _: Path) -> None:
    (gallery / "gallery.json").write_text('{"mine": 1}')


@pytest.mark.parametrize(
    ("change", "made"),
    [(lose, 1), (repaint, 4), (exchange, 4), (damage, 8), (replace, 8)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_what_depends_on_a_change_is_made_again_and_nothing_else(
    copy: Path, given: Path, tmp_path: Path, calls: list[Any], change: Callable[[Path, Path], None], made: int
) -> None:
    changed = Path(shutil.copytree(given, tmp_path / "given"))
    change(copy, changed)
    assert main(command(changed, copy)) == 0
    assert len(calls) == made
    assert len(record(copy).works) == 8
    assert main(command(changed, copy)) == 0
    assert len(calls) == made


def test_another_size_is_another_gallery(copy: Path, given: Path, calls: list[Any]) -> None:
    assert main(command(given, copy, "--size", "48")) == 0
    assert len(calls) == 8
    assert [(one.width, one.height) for one in record(copy).contents] == [(30, 48), (48, 32)]
    with Image.open(copy / "pictures" / "content_lake.jpg") as picture:
        assert picture.size == (48, 32)


def test_an_interrupted_gallery_goes_on(given: Path, tmp_path: Path, calls: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    noting = engine.stylize

    def interrupted(*arguments: Any, **options: Any) -> Any:
        if len(calls) == 3:
            raise KeyboardInterrupt
        return noting(*arguments, **options)

    (tmp_path / "index.html").write_text("of before")
    monkeypatch.setattr(engine, "stylize", interrupted)
    assert main(command(given, tmp_path)) == 130
    assert len(record(tmp_path).works) == 3
    assert not (tmp_path / "index.html").exists()
    monkeypatch.setattr(engine, "stylize", noting)
    assert main(command(given, tmp_path)) == 0
    assert len(calls) == 8
    assert len(record(tmp_path).works) == 8


def test_progress_counts_the_pictures_that_are_made(copy: Path, given: Path) -> None:
    for picture in (copy / "pictures").glob("lake_*"):
        picture.unlink()
    models = [str(given / "networks" / name) for name in ("adain", "sanet")]
    heard: list[Progress] = []
    gallery, made = hang(choose([str(given / "contents")], [str(given / "styles")], models, 96), copy, "cpu", heard.append)
    assert (made, len(gallery.works)) == (4, 8)
    assert [(one.done, one.total, one.unit) for one in heard] == [(number, 4, "pictures") for number in (1, 2, 3, 4)]
    assert heard[0].task == "lake as <engraving>, adain"
    assert heard[-1].remaining == 0


def test_without_options_the_samples_and_the_networks_of_the_package_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gallery", "-o", str(tmp_path / "out"), "--size", "64"]) == 0
    gallery = record(tmp_path / "out")
    assert [one.name for one in gallery.networks] == list(NETWORKS)
    assert len(gallery.works) == len(gallery.contents) * len(gallery.styles) * len(NETWORKS) >= 6
    assert capsys.readouterr().out.startswith(f"{len(gallery.works)} pictures made. Look at ")


def test_pictures_of_one_name_are_told_apart_by_their_folders_or_suffixes(given: Path, tmp_path: Path) -> None:
    contents = [small(CONTENT, tmp_path / place, (40, 32)) for place in ("a/same.jpg", "b/same.jpg")]
    styles = [small(PAINTING, tmp_path / place, (40, 32)) for place in ("c/one.jpg", "c/one.png")]
    choice = choose(list(map(str, contents)), list(map(str, styles)), [str(given / "networks" / "adain")], 32)
    assert [source.name for source, _ in choice.contents] == ["a-same", "b-same"]
    assert [source.name for source, _ in choice.styles] == ["one.jpg", "one.png"]
    assert len({work.picture for work in choice.works()}) == 4


def refusals() -> dict[str, tuple[list[str], str]]:
    return {
        "no such content": (["--content", "{tmp}/none.jpg"], "none.jpg"),
        "a content that is no picture": (["--content", "{tmp}/text.jpg"], "text.jpg"),
        "a folder without pictures": (["--style", "{tmp}/empty"], "no pictures in this folder"),
        "a content given twice": (
            ["--content", "{given}/contents/lake.jpg", "--content", "{given}/contents/../contents/lake.jpg"],
            "is given twice; name each content once",
        ),
        "no such network": (["--model", "wct-17x"], "wct-17x is not a folder"),
        "a network that does not stylize": (["--model", "loss-network"], "vgg-encoder"),
        "a network given twice": (["--model", "{given}/networks/adain"], "is given twice; name each network once"),
        "a size without room": (["--size", "8"], "--size is at least 32 pixels, not 8"),
        "a device that is not there": (["--device", "abacus"], "abacus"),
        "names that meet": (
            ["--content", "{tmp}/x_y.jpg", "--content", "{tmp}/x.jpg", "--style", "{tmp}/z.jpg", "--style", "{tmp}/y_z.jpg"],
            "two pictures would be called pictures/x_y_z_adain.jpg",
        ),
        "a name without end": (
            ["--content", "{tmp}/" + "n" * 200 + ".jpg", "--style", "{tmp}/" + "m" * 100 + ".jpg"],
            "is too long for a file's name",
        ),
        "an output that is a file": (["-o", "{tmp}/text.jpg"], "cannot be made a folder"),
    }


@pytest.mark.parametrize("case", refusals())
def test_what_cannot_be_shown_is_refused_before_anything_is_made(
    case: str, given: Path, tmp_path: Path, calls: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty").mkdir()
    for name in ("x_y", "x", "z", "y_z", "n" * 200, "m" * 100):
        small(CONTENT, tmp_path / f"{name}.jpg", (32, 32))
    more, message = refusals()[case]
    arguments = command(given, tmp_path / "out", *(word.format(tmp=tmp_path, given=given) for word in more))
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert message in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""
    assert calls == []
    assert not (tmp_path / "out").exists()
