import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from PIL import Image

from intaglio.cli.main import main
from stylizing.jobs import names_in, picture, pixels
from stylizing.runs import Array


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture(tmp_path / "content.png", 60, 75, seed=1)
    picture(tmp_path / "a.png", 40, 44, seed=2)
    picture(tmp_path / "b.png", 50, 41, seed=3)
    return tmp_path


def stylize(folder: Path, model: str, *options: str, content: str = "content.png", out: str = "out.png") -> Path:
    """Run `intaglio stylize` on files of a folder."""
    named = [str(folder / option) if (folder / option.partition(":")[0]).is_file() else option for option in options]
    arguments = [str(folder / content), "-m", model, "-o", str(folder / out), *named]
    if "--style" not in options:
        arguments += ["--style", str(folder / "a.png")]
    assert main(["stylize", *arguments]) == 0
    return folder / out


def psnr(found: Array, expected: Array) -> float:
    """In decibels, against white."""
    error = float(np.mean((found.astype(np.float64) - expected) ** 2))
    return -10 * math.log10(error) if error else math.inf


def other(one: Array, two: Array) -> bool:
    return float(np.abs(one - two).mean()) > 0.005


@pytest.mark.parametrize(("name", "options"), [("wct16x_a", []), ("wct16x_b", ["--strength", "0.6"])])
def test_the_published_networks_draw_the_reference(
    published: str, shared: Path, tmp_path: Path, name: str, options: list[str]
) -> None:
    golden = shared / "golden"
    content, style, out = golden / f"{name}.content.png", golden / f"{name}.style.png", tmp_path / "out.png"
    assert main(["stylize", str(content), "--style", str(style), "--model", published, "-o", str(out), *options]) == 0
    with np.load(golden / f"{name}.npz") as arrays:
        expected = arrays["image"].astype(np.float32).clip(0, 1).transpose(1, 2, 0)
    levels = (expected * 255).round() / 255
    assert psnr(pixels(out), levels) >= 55


def test_a_run_says_where_the_picture_is_and_what_it_took(folder: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = stylize(folder, model)
    output = capsys.readouterr()
    assert output.err == ""
    assert output.out.startswith(f"{out}  75x60, ")
    assert output.out.endswith("of memory\n")
    assert pixels(out).shape == (60, 75, 3)
    assert names_in(folder) == ["a.png", "b.png", "content.png", "out.png"]


def test_a_report_in_json(folder: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = stylize(folder, model, "--json")
    report = json.loads(capsys.readouterr().out)
    assert (report["output"], report["width"], report["height"]) == (str(out), 75, 60)
    assert report["megapixels"] == 0.0045
    assert report["seconds"] > 0
    assert report["peak_memory"] > 10_000_000
    assert report["plan"]["padded"] == [80, 64]


def test_a_plan_runs_nothing(folder: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    stylize(folder, model, "--plan", "--memory", "1GB")
    output = capsys.readouterr().out
    for word in ("encode", "stage 1 of 1", "75x60", "padded to 80x64", "out.png, 8 bits", "tiles", "memory", "disk", "time"):
        assert word in output
    assert names_in(folder) == ["a.png", "b.png", "content.png"]


def test_a_plan_in_json(folder: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    stylize(folder, model, "--plan", "--json", "--memory", "1GB")
    plan = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in plan["passes"]] == ["encode", "stage 1 of 1"]
    assert plan["disk"] >= sum(one["kept_bytes"] for one in plan["passes"])
    assert 0 < plan["memory"] <= 10**9
    assert plan["seconds"] >= 0
    assert names_in(folder) == ["a.png", "b.png", "content.png"]


@pytest.mark.parametrize("given", ["pictures", "pictures/*.png"])
def test_folders_and_globs_are_stylized_one_by_one(
    folder: Path, model: str, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("pictures", "results"):
        (folder / name).mkdir()
    sizes = {"one.png": (40, 50), "two.png": (33, 35)}
    for name, size in sizes.items():
        picture(folder / "pictures" / name, *size)
    (folder / "pictures" / "notes.txt").write_text("not a picture")
    stylize(folder, model, "--json", content=given, out="results")
    reports = json.loads(capsys.readouterr().out)
    assert [Path(report["output"]).name for report in reports] == list(sizes)
    for name, size in sizes.items():
        assert pixels(folder / "results" / name).shape == (*size, 3)
    assert names_in(folder / "results") == list(sizes)


def test_several_styles_are_mixed_by_their_weights(folder: Path, model: str) -> None:
    mixtures = [
        pixels(stylize(folder, model, *options, out=f"{index}.png"))
        for index, options in enumerate(
            [
                ["--style", "a.png"],
                ["--style", "b.png"],
                ["--style", "a.png", "--style", "b.png"],
                ["--style", "a.png:3", "--style", "b.png:3.0"],
                ["--style", "a.png:1", "--style", "b.png:0"],
                ["--style", "a.png:3", "--style", "b.png"],
            ]
        )
    ]
    only_a, only_b, equal, as_equal, a_alone, mostly_a = mixtures
    assert np.array_equal(as_equal, equal)
    assert np.abs(a_alone - only_a).max() <= 1 / 255
    assert np.abs(mostly_a - only_a).mean() < np.abs(equal - only_a).mean() < np.abs(only_b - only_a).mean()


def test_a_mask_puts_each_style_in_its_region(folder: Path, model: str) -> None:
    labels = np.zeros((60, 75), np.uint8)
    labels[:, 40:] = 255
    Image.fromarray(labels).save(folder / "mask.png")
    both = ["--style", "a.png", "--style", "b.png"]
    masked, mixed = (pixels(stylize(folder, model, *both, *mask)) for mask in (["--mask", "mask.png"], []))
    assert other(masked, mixed)
    Image.fromarray(labels[:, ::-1].copy()).save(folder / "mask.png")
    assert other(pixels(stylize(folder, model, *both, "--mask", "mask.png")), masked)


def test_colors_are_kept_in_either_way(folder: Path, model: str) -> None:
    results = {way: pixels(stylize(folder, model, "--keep-colors", way)) for way in ("none", "luminance", "match")}
    assert other(results["luminance"], results["none"])
    assert other(results["match"], results["none"])
    assert other(results["match"], results["luminance"])


def test_a_gray_picture_stays_gray_when_only_its_luminance_is_stylized(folder: Path, model: str) -> None:
    with Image.open(folder / "content.png") as content:
        content.convert("L").save(folder / "gray.png")
    result = pixels(stylize(folder, model, "--keep-colors", "luminance", content="gray.png"))
    assert np.ptp(result, axis=2).max() <= 1.5 / 255
    assert result.std() > 0.01


def test_a_stroke_resizes_the_style(folder: Path, model: str) -> None:
    results = [pixels(stylize(folder, model, "--stroke", stroke)) for stroke in ("0.5", "2")]
    assert other(results[0], results[1])


def test_without_strength_the_style_does_not_matter(folder: Path, model: str) -> None:
    results = [pixels(stylize(folder, model, "--strength", "0", "--style", style)) for style in ("a.png", "b.png")]
    assert np.array_equal(results[0], results[1])


@pytest.mark.parametrize("precision", ["bfloat16", "auto"])
def test_another_precision_gives_nearly_the_same_picture(published: str, shared: Path, tmp_path: Path, precision: str) -> None:
    content, style = (shared / "golden" / f"wct16x_b.{role}.png" for role in ("content", "style"))
    command = ["stylize", str(content), "--style", str(style), "--model", published]
    assert main([*command, "-o", str(tmp_path / "exact.png")]) == 0
    assert main([*command, "-o", str(tmp_path / "nearly.png"), "--precision", precision]) == 0
    assert psnr(pixels(tmp_path / "nearly.png"), pixels(tmp_path / "exact.png")) >= 40


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
def test_the_alpha_of_the_content_is_kept(folder: Path, model: str, suffix: str) -> None:
    picture(folder / "cut-out.png", 50, 47, bands=4)
    out = stylize(folder, model, content="cut-out.png", out=f"out.{suffix}")
    found, content = pixels(out), pixels(folder / "cut-out.png")
    assert found.shape == content.shape
    assert np.array_equal(found[:, :, 3], content[:, :, 3])


@pytest.mark.parametrize(
    ("suffix", "format_of_samples"), [("png", "ushort"), ("tif", "ushort"), ("jpg", "uchar"), ("webp", "uchar")]
)
def test_16_bits_stay_16_bits_where_the_format_can(folder: Path, model: str, suffix: str, format_of_samples: str) -> None:
    picture(folder / "deep.tif", 48, 64, bits=16, seed=1)
    out = stylize(folder, model, content="deep.tif", out=f"out.{suffix}")
    assert pyvips.Image.new_from_file(str(out)).format == format_of_samples
    if format_of_samples == "ushort":
        levels = pyvips.Image.new_from_file(str(out)).numpy()
        assert len(np.unique(levels)) > 1000


def test_a_turned_photograph_comes_out_upright(folder: Path, model: str) -> None:
    upright = stylize(folder, model, out="upright.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(folder / "content.png") as content:
        content.transpose(Image.Transpose.ROTATE_90).save(folder / "turned.png", exif=exif)
    turned = stylize(folder, model, content="turned.png", out="turned-out.png")
    assert np.array_equal(pixels(turned), pixels(upright))


def test_an_older_output_is_replaced(folder: Path, model: str) -> None:
    (folder / "out.png").write_bytes(b"old")
    assert pixels(stylize(folder, model)).shape == (60, 75, 3)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 500), (500, 7)])
def test_tiny_and_thin_pictures_work(folder: Path, model: str, published: str, height: int, width: int) -> None:
    picture(folder / "tiny.png", height, width)
    for network in (model, published):
        assert pixels(stylize(folder, network, content="tiny.png")).shape == (height, width, 3)
        assert pixels(stylize(folder, network, "--style", "tiny.png")).shape == (60, 75, 3)


def test_an_interrupted_run_goes_on_with_resume(
    folder: Path, model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = stylize(folder, model, out="expected.png").read_bytes()

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    arguments = [
        "stylize",
        str(folder / "content.png"),
        "-m",
        model,
        "-s",
        str(folder / "a.png"),
        "-o",
        str(folder / "out.png"),
    ]
    with monkeypatch.context() as patched:
        patched.setattr("intaglio.stylizing.picture_job.export", interrupt)
        assert main(arguments) == 130
    assert capsys.readouterr().err == "intaglio: interrupted\n"
    assert names_in(folder) == [".out.png.intaglio", "a.png", "b.png", "content.png", "expected.png"]
    assert main([*arguments, "--resume"]) == 0
    assert (folder / "out.png").read_bytes() == expected
    assert not (folder / ".out.png.intaglio").exists()
