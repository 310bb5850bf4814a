"""Bad input to `intaglio stylize`: one clear line, exit code 2, nothing left behind."""

import errno
import json
import os
import re
import shutil
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np
import pytest
from PIL import Image

from images.pictures import png, stranger
from intaglio.cli.main import main
from intaglio.models.catalog import MODELS
from intaglio.storage.artifact import save_pretrained
from intaglio.storage.pretrained import Pretrained
from stylizing.jobs import names_in, picture

Refused = Callable[..., str]
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture(tmp_path / "content.png", 60, 75, seed=1)
    picture(tmp_path / "style.png", 40, 44, seed=2)
    picture(tmp_path / "style2.png", 40, 44, seed=3)
    (tmp_path / "locked").mkdir()
    return tmp_path


@pytest.fixture
def refused(folder: Path, model: str, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs a command that must be refused; gives the line it is refused with."""

    def run(
        *options: str, content: str = "content.png", style: str = "style.png", out: str = "out.png", network: str = model
    ) -> str:
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
        arguments = [str(folder / content), "--style", str(folder / style), "-o", str(folder / out), "-m", network]
        code = main(["stylize", *arguments, *options])
        output = capsys.readouterr()
        assert output.out == ""
        assert output.err.count("\n") == 1
        assert output.err.startswith("intaglio: error: ")
        assert code == 2
        assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
        return output.err

    return run


def open_to_strangers(*paths: str | Path) -> None:
    """Folders of temporary files are closed to other users."""
    for path in paths:
        for folder in [Path(path), *Path(path).parents]:
            if folder.is_relative_to(gettempdir()) and not folder.stat().st_mode & 0o077:
                folder.chmod(0o755)


def truncated(path: Path, kind: str) -> None:
    with Image.open(path.with_name("content.png")) as opened:
        opened.save(path, kind)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


DAMAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "missing": (lambda _: None, "no such file"),
    "empty": (lambda path: path.write_bytes(b""), "empty"),
    "text": (lambda path: path.write_text("no picture at all, but a text of some length\n" * 20), "not a picture"),
    "a truncated PNG": (lambda path: truncated(path, "PNG"), "damaged or cut short"),
    "a truncated JPEG": (lambda path: truncated(path, "JPEG"), "damaged or cut short"),
    "a truncated TIFF": (lambda path: truncated(path, "TIFF"), "damaged or cut short"),
    "a header alone": (lambda path: path.write_bytes(png(30, 40, b"")[:33]), "damaged or cut short"),
    "zero size": (lambda path: path.write_bytes(png(0, 5, b"")), "0x5"),
    "an absurd size": (lambda path: path.write_bytes(png(2**31 - 1, 2**31 - 1, b"")), "2147483647x2147483647"),
    "over the budget": (lambda path: path.write_bytes(png(90_000, 80_000, b"")), "90000x80000 is 7,200.0 Mpx, over the budget"),
}


@pytest.mark.parametrize("role", ["content", "style", "mask"])
@pytest.mark.parametrize(("damage", "complaint"), DAMAGES.values(), ids=DAMAGES)
def test_a_picture_that_is_none(
    folder: Path, refused: Refused, role: str, damage: Callable[[Path], Any], complaint: str
) -> None:
    damage(folder / "bad.png")
    if role == "mask":
        # A mask that can be read in part must have the content's size to be looked at any further.
        line = refused("--style", str(folder / "style2.png"), "--mask", str(folder / "bad.png"))
        assert complaint in line or "make them the same size" in line
    else:
        line = refused(**{role: "bad.png"})
        assert complaint in line
    assert "bad.png" in line


def test_a_bomb(folder: Path, refused: Refused) -> None:
    """5 MB of zeros when unpacked, a few kilobytes in the file."""
    (folder / "bomb.png").write_bytes(png(1300, 1300, (b"\0" * (1 + 3 * 1300)) * 1300))
    assert (folder / "bomb.png").stat().st_size < 20_000
    assert "1300x1300 is 1.7 Mpx, over the budget of 1.0 Mpx" in refused("--pixel-budget", "1", content="bomb.png")


@pytest.mark.skipif(os.name != "posix", reason="rights as on POSIX")
@pytest.mark.parametrize(
    "given", [{"content": "closed"}, {"content": "closed/content.png"}, {"style": "closed/content.png"}, {"network": "closed"}]
)
def test_a_folder_that_must_not_be_read(folder: Path, model: str, refused: Refused, given: dict[str, str]) -> None:
    closed = folder / "closed"
    closed.mkdir()
    shutil.copy(folder / "content.png", closed)
    open_to_strangers(folder, model)
    if "network" in given:
        given = {"network": str(closed / "model")}
    closed.chmod(0)
    with stranger():
        line = refused(**given)
    closed.chmod(0o755)
    assert str(closed) in line


OPTIONS: dict[str, tuple[list[str], str]] = {
    "strength above 1": (["--strength", "1.01"], "strength"),
    "strength below 0": (["--strength", "-0.5"], "strength"),
    "strength that is no number": (["--strength", "nan"], "strength"),
    "strength in words": (["--strength", "full"], "--strength"),
    "unknown way of colors": (["--keep-colors", "some"], "keep_colors"),
    "stroke of nothing": (["--stroke", "0"], "stroke"),
    "endless stroke": (["--stroke", "inf"], "stroke"),
    "unknown precision": (["--precision", "float8"], "precision"),
    "unknown device": (["--device", "abacus"], "unknown device 'abacus'"),
    "a device that is not here": (["--device", "cuda:99"], "no device 'cuda:99' here"),
    "memory in words": (["--memory", "much"], "not an amount of memory: 'much'"),
    "too little memory": (["--memory", "10MB"], "10 MB is allowed; raise --memory"),
    "quality of zero": (["--quality", "0"], "quality must be from 1 to 100"),
    "a pyramid in PNG": (["--pyramid"], "PNG holds no pyramid"),
    "an option nobody knows": (["--colour"], "No such option: --colour"),
}


@pytest.mark.parametrize(("options", "complaint"), OPTIONS.values(), ids=OPTIONS)
def test_an_option_out_of_range(refused: Refused, options: list[str], complaint: str) -> None:
    assert complaint in refused(*options)


def test_negative_weights(folder: Path, refused: Refused) -> None:
    assert "must not be negative, got -1" in refused(style="style.png:-1")
    assert "must not all be zero" in refused("--style", f"{folder / 'style2.png'}:0", style="style.png:0")


def test_a_mask_of_another_size(folder: Path, refused: Refused) -> None:
    Image.fromarray(np.zeros((60, 76), np.uint8)).save(folder / "mask.png")
    line = refused("--style", str(folder / "style2.png"), "--mask", str(folder / "mask.png"))
    assert "the mask is 76x60, the content 75x60; make them the same size" in line


def test_a_mask_for_one_style_and_weights_beside_a_mask(folder: Path, refused: Refused) -> None:
    Image.fromarray(np.zeros((60, 75), np.uint8)).save(folder / "mask.png")
    assert "at least two styles" in refused("--mask", str(folder / "mask.png"))
    weighted = refused("--style", str(folder / "style2.png"), "--mask", str(folder / "mask.png"), style="style.png:2")
    assert "leave the weights of the styles out" in weighted


@pytest.mark.parametrize("source", ["content.png", "style.png"])
def test_an_output_that_is_an_input(refused: Refused, source: str) -> None:
    assert "the output is the input" in refused(out=source)


def test_an_output_that_is_an_input_by_another_name(folder: Path, refused: Refused) -> None:
    (folder / "link.png").symlink_to(folder / "content.png")
    assert "the output is the input" in refused(out="link.png")


@pytest.mark.parametrize(
    ("out", "complaint"),
    [("nowhere/out.png", "does not exist"), ("out.pgn", "did you mean .png"), ("out", "no suffix to tell the format by")],
)
def test_an_output_that_cannot_be_written(refused: Refused, out: str, complaint: str) -> None:
    assert complaint in refused(out=out)


@pytest.mark.skipif(os.name != "posix", reason="rights as on POSIX")
def test_an_output_folder_without_the_right_to_write(folder: Path, model: str, refused: Refused) -> None:
    open_to_strangers(folder, model)
    with stranger():
        assert "no right to write in" in refused(out="locked/out.png")


def test_several_pictures_into_one_file(folder: Path, refused: Refused) -> None:
    assert "need an existing folder as output" in refused(str(folder / "style2.png"))


def test_several_pictures_of_one_name(folder: Path, refused: Refused) -> None:
    shutil.copytree(folder / "locked", folder / "other")
    shutil.copy(folder / "content.png", folder / "other")
    assert "would both become" in refused(str(folder / "other" / "content.png"), out="locked")


@pytest.mark.parametrize(("content", "complaint"), [("locked", "no pictures in this folder"), ("*.jpg", "no file matches")])
def test_no_pictures(refused: Refused, content: str, complaint: str) -> None:
    assert complaint in refused(content=content)


def test_an_unknown_model(folder: Path, model: str, refused: Refused) -> None:
    shutil.copytree(model, folder / "misnamed")
    manifest = json.loads((folder / "misnamed" / "config.json").read_text())
    (folder / "misnamed" / "config.json").write_text(json.dumps({**manifest, "model": "adane"}))
    assert "did you mean adain" in refused(network=str(folder / "misnamed"))
    assert "is not a folder" in refused(network=str(folder / "nowhere"))


def test_a_model_that_does_not_stylize(folder: Path, refused: Refused) -> None:
    card = MODELS["vgg-encoder"]
    encoder = Pretrained(card=card, config=card.example, network=card.build(card.example))
    save_pretrained(encoder, folder / "encoder")
    assert "does not stylize" in refused(network=str(folder / "encoder"))


def test_weights_that_were_damaged(folder: Path, model: str, refused: Refused) -> None:
    shutil.copytree(model, folder / "damaged")
    weights = folder / "damaged" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    assert "is damaged or was exchanged" in refused(network=str(folder / "damaged"))


def test_a_disk_without_room(folder: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - 5_000_000, 5_000_000))
    line = refused()
    assert f"{folder} has 5 MB free, the run needs" in line


def test_a_disk_that_fills_up_on_the_way(
    folder: Path, model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was done is kept, as the only thing: with room again, the run goes on."""
    command = ["stylize", str(folder / "content.png"), "-s", str(folder / "style.png"), "-m", model]
    assert main([*command, "-o", str(folder / "expected.png")]) == 0
    before = names_in(folder)

    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    writers = ["images.ingest.os.pwrite", "stylizing.spill.write_exactly", "stylizing.pixels.write_exactly"]
    for place in (*writers, "stylizing.journal.os.fsync"):
        capsys.readouterr()
        with monkeypatch.context() as patched:
            patched.setattr(f"intaglio.{place}", full)
            assert main([*command, "-o", str(folder / "out.png")]) == 2
        line = capsys.readouterr().err
        assert re.fullmatch(
            rf"intaglio: error: cannot write \S+ in {re.escape(str(folder))}\S*: the disk is full; free some space .*\n", line
        )
        assert names_in(folder) == sorted([".out.png.intaglio", *before])
    assert main([*command, "-o", str(folder / "out.png"), "--resume"]) == 0
    assert (folder / "out.png").read_bytes() == (folder / "expected.png").read_bytes()
    assert names_in(folder) == sorted(["out.png", *before])


def test_a_run_of_other_inputs_is_not_resumed(
    folder: Path, model: str, monkeypatch: pytest.MonkeyPatch, refused: Refused, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    command = ["stylize", str(folder / "content.png"), "-s", str(folder / "style.png"), "-m", model]
    with monkeypatch.context() as patched:
        patched.setattr("intaglio.stylizing.picture_job.export", interrupt)
        assert main([*command, "-o", str(folder / "out.png")]) == 130
    capsys.readouterr()
    assert "cannot resume: options changed since the run began; run without --resume" in refused(
        "--resume", "--strength", "0.5"
    )
    (folder / ".out.png.intaglio" / "journal.safetensors").write_bytes(b"")
    assert "is damaged" in refused("--resume")
