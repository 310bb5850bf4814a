"""`intaglio study` of classifiers."""

from pathlib import Path

import pytest

from cli.verbs import document, refused
from data.small_classes import class_folders
from intaglio.cli.main import main

SETTINGS = """
methods = ["spp", "l1"]
speedups = [1.5]

[settings]
widths = [2, 4, 8]

[lesson.training]
steps = 4

[retraining]
steps = 3

[ways.spp]
rule = { largest = 0.2 }
training = { steps = 70 }
"""


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with pictures and settings, where commands run."""
    class_folders(tmp_path / "pictures")
    (tmp_path / "settings.toml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*more: str) -> list[str]:
    named = ["--network", "convnet", "--scale", "tiny", "--spec", "settings.toml"]
    return ["study", "run", "structured", "-o", "study", "--data", "pictures", *named, *more]


def test_a_study_is_planned_run_looked_at_and_reported(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planned = document(capsys, *command("--dry-run", "--json"))["convnet"]
    # A dense network, the same trained on, and two prunings of it.
    assert (planned["steps"], planned["done"]) == (4, 0)
    assert planned["cost"] == 4 + 3 * 73
    assert not (given / "study").exists()
    found = document(capsys, *command("--json"))["convnet"]
    assert (found["missing"], [one["arm"] for one in found["outcomes"]]) == (0, ["spp", "l1"])
    assert document(capsys, "study", "status", "study", "--json")["convnet"] == found
    (given / "study").rename(given / "carried")
    assert document(capsys, "study", "resume", "carried", "--json")["convnet"] == found
    assert main(["study", "status", "carried"]) == 0
    shown = capsys.readouterr().out
    assert "complete" in shown
    assert all(f"{100 * one['retrained']['mean']:.1f} %" in shown for one in found["outcomes"])
    assert main(["study", "report", "carried"]) == 0
    assert capsys.readouterr().out == "carried/report/index.html\n"
    assert (given / "carried" / "report" / "convnet-pushes.png").is_file()


def test_what_cannot_be_run_is_told(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = ["study", "run", "structured", "-o", "x"]
    assert "--data is missing; name CIFAR-10, or a folder with `train` and `val`" in refused(capsys, *run)
    assert "--target is missing" in refused(capsys, "study", "run", "transfer-learning", "-o", "x", "--data", "pictures")
    assert "--content, --encoder is not used by this study; it takes --data" in refused(
        capsys, *run, "--data", "pictures", "--content", "pictures", "--encoder", "wct-16x"
    )
    tickets = ["study", "run", "tickets", "-o", "x", "--data", "pictures"]
    pictures = [f"--{name}" for name in ("content", "style", "test-content", "test-style")]
    told = refused(capsys, *tickets, *(word for option in pictures for word in (option, "pictures")))
    assert "--data is not used by this study" in told
    assert "unknown classifier 'adain'" in refused(capsys, *run, "--data", "pictures", "--network", "adain")
    assert "nothing: no such folder" in refused(capsys, *run, "--data", "nothing", "--scale", "tiny")
    (given / "settings.toml").write_text("[ways.mine]\ninterval = 1")
    assert "field 'ways.mine.training'" in refused(capsys, *command())
    assert not (given / "x").exists()
