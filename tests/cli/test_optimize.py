"""`intaglio stylize --method optimize`."""

import json
import re
from pathlib import Path

import pytest

from encoders import artifact
from generate import help_of
from intaglio.cli.main import app, main
from intaglio.objectives.gatys import GatysWeights
from intaglio.storage.artifact import save_pretrained
from intaglio.stylizing.optimize import OptimizeOptions
from stylizing.jobs import names_in, picture, pixels


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An artifact of a small encoder."""
    folder = tmp_path_factory.mktemp("models") / "encoder"
    save_pretrained(artifact("relu5_1"), folder)
    return str(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture(tmp_path / "content.png", 40, 52, seed=1)
    picture(tmp_path / "style.png", 44, 36, seed=2)
    return tmp_path


def command(folder: Path, model: str, *options: str, out: str = "out.png") -> list[str]:
    pictures = [str(folder / "content.png"), "--style", str(folder / "style.png")]
    return ["stylize", *pictures, "-m", model, "-o", str(folder / out), *options]


OPTIMIZE = ("--method", "optimize", "--iterations", "4")


def test_a_picture_is_optimized(folder: Path, encoder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(folder, encoder, *OPTIMIZE)) == 0
    output = capsys.readouterr()
    assert output.err == ""
    assert output.out.startswith(f"{folder / 'out.png'}  52x40, ")
    assert pixels(folder / "out.png").shape == (40, 52, 3)
    assert names_in(folder) == ["content.png", "out.png", "style.png"]


def test_a_report_in_json(folder: Path, encoder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(folder, encoder, *OPTIMIZE, "--json")) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["width"], report["height"], report["megapixels"]) == (52, 40, 0.00208)
    assert report["seconds"] > 0


def test_every_option_of_the_method_is_heard(folder: Path, encoder: str) -> None:
    """Each makes another picture, the seed only where there is noise."""
    noise = ("--start", "noise")
    given = [
        ("--iterations", "2"),
        ("--optimizer", "adam"),
        ("--content-weight", "30"),
        ("--style-weight", "0"),
        ("--tv-weight", "5000"),
        ("--content-layer", "relu2_1"),
        ("--scales", "2"),
        ("--stroke", "0.7"),
        ("--keep-colors", "luminance"),
        noise,
        (*noise, "--seed", "1"),
    ]
    found = set()
    for index, options in enumerate(given):
        assert main(command(folder, encoder, "--method", "optimize", "--iterations", "6", *options, out=f"{index}.png")) == 0
        found.add(pixels(folder / f"{index}.png").tobytes())
    assert len(found) == len(given)


def test_a_style_network_serves_with_its_deepest_encoder(folder: Path, model: str) -> None:
    assert main(command(folder, model, *OPTIMIZE, "--content-layer", "relu4_1")) == 0
    assert pixels(folder / "out.png").shape == (40, 52, 3)


def test_several_pictures_go_to_a_folder(folder: Path, encoder: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "results").mkdir()
    picture(folder / "other.png", 33, 40)
    assert main([*command(folder, encoder, *OPTIMIZE, "--json", out="results"), str(folder / "other.png")]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    assert names_in(folder / "results") == ["content.png", "other.png"]


REFUSED: dict[str, tuple[list[str], str]] = {
    "a mask": (["--mask", "mask.png"], "--mask does not go with --method optimize, which has one style"),
    "tiles": (["--tile", "64x64"], "--tile does not go with --method optimize, which works on the whole picture"),
    "a plan": (["--plan"], "--plan does not go with"),
    "to resume": (["--resume"], "--resume does not go with --method optimize, which keeps nothing to resume"),
    "strength": (["--strength", "0.5"], "set --content-weight and --style-weight"),
    "precision": (["--precision", "bfloat16"], "runs in float32"),
    "no iterations": (["--iterations", "0"], "field 'iterations'"),
    "a negative weight": (["--style-weight", "-1"], "field 'style_weight'"),
    "an unknown optimizer": (["--optimizer", "sgd"], "'sgd' is not one of"),
    "an unknown layer": (["--content-layer", "relu9_9"], "has no relu9_9"),
    "too little memory": (["--memory", "100MB"], "100 MB is allowed"),
    "an unknown way of colors": (["--keep-colors", "some"], "keep_colors"),
}


@pytest.mark.parametrize(("options", "complaint"), REFUSED.values(), ids=REFUSED)
def test_what_the_method_cannot_do_is_refused(
    folder: Path, encoder: str, options: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(folder, encoder, *OPTIMIZE, *options)) == 2
    output = capsys.readouterr()
    assert (output.out, output.err.count("\n")) == ("", 1)
    assert complaint in output.err
    assert names_in(folder) == ["content.png", "style.png"]


@pytest.mark.parametrize(
    "option",
    [
        ("--iterations", "5"),
        ("--optimizer", "adam"),
        ("--content-weight", "1"),
        ("--style-weight", "1"),
        ("--tv-weight", "1"),
        ("--content-layer", "relu4_2"),
        ("--scales", "2"),
        ("--start", "noise"),
        ("--seed", "1"),
    ],
)
def test_an_option_of_the_method_is_refused_without_it(
    folder: Path, model: str, option: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(folder, model, *option)) == 2
    assert f"{option[0]} belongs to --method optimize; add that, or leave {option[0]} out" in capsys.readouterr().err


def test_an_encoder_is_told_the_method_it_serves(folder: Path, encoder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(folder, encoder)) == 2
    assert "take a style network, or --method optimize" in capsys.readouterr().err


def test_an_interrupted_run_leaves_nothing(
    folder: Path, encoder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("intaglio.stylizing.optimize_job.export", interrupt)
    assert main(command(folder, encoder, *OPTIMIZE)) == 130
    assert capsys.readouterr().err == "intaglio: interrupted\n"
    assert names_in(folder) == ["content.png", "style.png"]


def test_the_help_says_the_defaults_that_are_in_force() -> None:
    import typer

    shown = re.sub(r"\s+", " ", help_of("stylize", typer.main.get_command(app).commands["stylize"]))  # type: ignore[attr-defined]  # a group
    defaults = {name: field.default for name, field in (OptimizeOptions.model_fields | GatysWeights.model_fields).items()}
    fields = {"--tv-weight": "total_variation_weight"}
    for option in ("--iterations", "--optimizer", "--content-weight", "--style-weight", "--tv-weight", "--start", "--seed"):
        value = defaults[fields.get(option, option[2:].replace("-", "_"))]
        stated = value if isinstance(value, str) else f"{value:g}"
        assert re.search(rf"{option} <[^>]+> optimize: [^;]+; default {stated}\.", shown), option
