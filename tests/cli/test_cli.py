import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch

import intaglio
from intaglio.cli.main import main
from intaglio.models.catalog import MODELS
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.storage.pretrained import Pretrained

VGG = ((0, 3, 3, 1), (2, 3, 2, 3), *((index, 2, 2, 3) for index in (5, 9, 12, 16, 19, 22, 25, 29, 32, 35, 38, 42, 45, 48, 51)))


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A narrow vgg_normalised.pth."""
    state: dict[str, torch.Tensor] = {}
    for index, inputs, outputs, side in VGG:
        state |= {f"{index}.weight": torch.randn(outputs, inputs, side, side), f"{index}.bias": torch.randn(outputs)}
    torch.save(state, tmp_path / "vgg_normalised.pth")
    return tmp_path / "vgg_normalised.pth"


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    card = MODELS["wct"]
    intaglio.save_pretrained(Pretrained(card=card, config=card.example, network=card.build(card.example)), tmp_path / "net")
    return tmp_path / "net"


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error; nothing may stand on standard output."""
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("intaglio: ")
    assert output.err.count("\n") == 1
    return output.err


def test_importing_prints_what_was_made_and_what_to_try_next(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "vgg"
    assert main(["import", "vgg-normalised", str(checkpoint), "-o", str(folder)]) == 0
    output = capsys.readouterr().out
    weights = (folder / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() in output
    assert f"{len(weights):,} bytes" in output
    assert f"intaglio inspect {folder}" in output
    assert intaglio.from_pretrained(folder).card.name == "vgg-encoder"


def test_importing_speaks_json(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "vgg-normalised", str(checkpoint), "-o", str(tmp_path / "vgg"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["model"] == "vgg-encoder"
    assert document["parameters"] == 12 + 56 + 11 * 38 + 38


def test_an_artifact_is_replaced_only_by_force(checkpoint: Path, artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["import", "vgg-normalised", str(checkpoint), "-o", str(artifact)]
    assert main(command) == 2
    assert "exists already" in error_of(capsys)
    assert intaglio.from_pretrained(artifact).card.name == "wct"
    assert main([*command, "--force"]) == 0
    assert intaglio.from_pretrained(artifact).card.name == "vgg-encoder"


def test_a_folder_of_something_else_is_refused_even_by_force(checkpoint: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = checkpoint.read_bytes()
    assert main(["import", "vgg-normalised", str(checkpoint), "-o", str(checkpoint.parent), "--force"]) == 2
    assert "not an artifact" in error_of(capsys)
    assert checkpoint.read_bytes() == before


def test_inspecting_shows_layers_and_totals(artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(artifact)]) == 0
    output = capsys.readouterr().out
    parameters = sum(parameter.numel() for parameter in intaglio.from_pretrained(artifact).network.parameters())
    assert "stages.0.encoder.layers.conv3_1" in output
    assert f"{parameters:,}" in output
    assert "GMAC per megapixel" in output


def test_inspecting_speaks_json(artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(artifact), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["parameters"] == sum(layer["parameters"] for layer in document["layers"])
    assert document["macs_per_megapixel"] == pytest.approx(1e6 * sum(layer["macs_per_pixel"] for layer in document["layers"]))
    assert document["bytes"] == (artifact / "model.safetensors").stat().st_size
    assert document["digest"] == intaglio.from_pretrained(artifact).digest()


def test_the_lists_name_every_network_and_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    table = capsys.readouterr().out
    assert main(["models", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in document["networks"]] == list(MODELS)
    assert [entry["name"] for entry in document["import_formats"]] == list(IMPORT_FORMATS)
    for name in (*MODELS, *IMPORT_FORMATS):
        assert name in table


def test_an_unknown_format_lists_near_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "vgg-normalized", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    assert "did you mean vgg-normalised" in error_of(capsys)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["inspect"], "Missing argument 'ARTIFACT'"),
        (["inspect", "--colour", "x"], "No such option: --colour"),
        (["stylise"], "No such command 'stylise'"),
        (["import", "vgg-normalised", "x"], "Missing option '--output' / '-o'; see intaglio import --help"),
        (["inspect", "/nowhere/at/all"], "is not a folder"),
    ],
)
def test_mistakes_on_the_command_line_are_one_line_and_exit_with_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert complaint in error_of(capsys)


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"intaglio {intaglio.__version__}\n"


@pytest.mark.parametrize(
    ("failure", "code", "line"),
    [
        (RuntimeError("odd\nthing"), 1, "internal error: RuntimeError: odd thing (run with --debug for the traceback)"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_faults_and_interrupts_are_one_line(
    failure: BaseException, code: int, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise failure

    monkeypatch.setattr("intaglio.cli.output.print_table", fail)
    assert main(["models"]) == code
    assert error_of(capsys) == f"intaglio: {line}\n"


def test_debug_adds_the_traceback(artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (artifact / "model.safetensors").unlink()
    assert main(["--debug", "inspect", str(artifact)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1].startswith("intaglio: error: ")
