import json
from pathlib import Path

import pytest
from PIL import Image

from cli.judged import arguments, style_artifact
from intaglio.cli.main import main
from intaglio.metrics.catalog import METRICS


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A comparison of two networks whose folders are both called `network`, already run once."""
    folder = tmp_path_factory.mktemp("compare")
    models = [style_artifact(folder / name / "network", card) for name, card in (("large", "wct"), ("small", "adain"))]
    command = ["compare", *models, *arguments(folder), "-o", str(folder / "out")]
    assert main(command) == 0
    return command


def test_table_report_and_sheet_are_written(command: list[str]) -> None:
    out = Path(command[-1])
    assert {path.name for path in out.iterdir()} == {
        *("comparison.json", "comparison.md", "sheet.jpg"),
        *("large-network", "small-network"),
    }
    with Image.open(out / "sheet.jpg") as sheet:
        assert sheet.size == (4 * 320 + 5 * 8, 6 * 240 + 7 * 8)
    lines = (out / "comparison.md").read_text().splitlines()
    assert lines[:2] == ["|  | large-network | small-network |", "| --- | ---: | ---: |"]
    assert any(line.startswith("| total_error ↓ | ") for line in lines)
    assert any(line.startswith("| ssim ↑ | ") for line in lines)
    assert any(line.startswith("- on: ") and "torch" in line for line in lines)


def test_the_report_agrees_with_the_evaluations(command: list[str]) -> None:
    out = Path(command[-1])
    document = json.loads((out / "comparison.json").read_text())
    assert [model["subject"]["name"] for model in document["models"]] == ["large-network", "small-network"]
    alone = [json.loads((out / f"{name}-network" / "evaluation.json").read_text()) for name in ("large", "small")]
    for model, evaluation in zip(document["models"], alone, strict=True):
        assert model["values"] == evaluation["values"]
        assert document["protocol"] == evaluation["protocol"]
    for name in METRICS:
        means = [evaluation["values"][name]["mean"] for evaluation in alone]
        assert document["models"][1]["difference_to_first"][name]["mean"] == pytest.approx(means[1] - means[0])
        assert document["models"][0]["difference_to_first"][name]["high"] == 0


def test_the_printed_table_has_ratios_to_the_first(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 0
    output = capsys.readouterr().out
    models = json.loads((Path(command[-1]) / "comparison.json").read_text())["models"]
    parameters = [model["subject"]["parameters"] for model in models]
    assert f"{parameters[1]:,} ({parameters[1] / parameters[0]:.3g}x)" in output
    assert "content, style, large-network, small-network" in output


def test_evaluations_that_are_there_are_used(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = (Path(command[-1]) / "comparison.json").read_bytes()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("nothing is to be stylized again")

    monkeypatch.setattr("intaglio.stylizing.stylize.stylize", refuse)
    assert main(command) == 0
    assert (Path(command[-1]) / "comparison.json").read_bytes() == before


def test_differences_that_the_pairs_do_not_settle_are_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models = [style_artifact(tmp_path / name, "adain") for name in ("one", "same")]
    assert main(["compare", *models, *arguments(tmp_path), "-o", str(tmp_path / "out"), "--sample", "2"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith(tuple(METRICS))]
    assert len(rows) > len(METRICS)
    assert all(row.rstrip().endswith("(1x) ~") for row in rows)


def test_a_model_given_twice_is_refused(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", command[1], command[1], *command[3:]]) == 2
    assert "is given twice; compare different models" in capsys.readouterr().err


def test_another_grid_in_the_same_folder_is_refused(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--size", "48"]) == 2
    assert "size was not given and is 48" in capsys.readouterr().err
