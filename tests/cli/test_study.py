import json
from pathlib import Path

import pytest

from cli.verbs import document, refused
from intaglio.cli.main import main
from intaglio.studies.catalog import DEFINITIONS
from studies.small_studies import sources

SETTINGS = """
rounds = 1
batches = 2
floor = 0.01

[crop]
size = 32
resize = "shorter"
to = 40

[training]
steps = 2
batch_size = 2
"""


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with small networks, pictures and settings, where commands run."""
    sources(tmp_path, "adain")
    (tmp_path / "settings.toml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*more: str, output: str = "study") -> list[str]:
    networks = ["--encoder", "encoder", "--start", "start", "--loss-network", "encoder"]
    pictures = ["--content", "train", "--style", "train", "--test-content", "test", "--test-style", "test"]
    named = ["--network", "adain", "--scale", "tiny", "--spec", "settings.toml"]
    return ["study", "run", "tickets", "-o", output, *networks, *pictures, *named, *more]


def test_a_study_is_planned_run_gone_on_with_and_looked_at(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planned = document(capsys, *command("--dry-run", "--json"))["adain"]
    assert planned["done"] == 0
    assert planned["steps"] > 10
    assert not (given / "study").exists()
    found = document(capsys, *command("--json"))["adain"]
    assert found["missing"] == 0
    assert {level["arm"] for level in found["levels"]} == {"imp", "one-shot", "random", "random-ticket"}
    assert document(capsys, *command("--dry-run", "--json"))["adain"] == planned | {
        "done": planned["steps"],
        "cost_done": planned["cost"],
    }
    assert document(capsys, "study", "status", "study", "--json")["adain"] == found
    assert document(capsys, *command("--json", "--workers", "2"))["adain"] == found
    capsys.readouterr()
    assert main(["study", "status", "study"]) == 0
    shown = capsys.readouterr().out
    assert "complete" in shown
    assert all(f"{level['error']['mean']:.3f}" in shown for level in found["levels"])


def test_a_plan_is_a_table(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command("--dry-run")) == 0
    assert "training steps" in capsys.readouterr().out


def test_the_studies_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert [one["name"] for one in document(capsys, "study", "list", "--json")] == list(DEFINITIONS)
    assert main(["study", "list"]) == 0
    shown = capsys.readouterr().out
    assert all(one.name in shown and one.title.split()[0] in shown for one in DEFINITIONS.values())


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_study_is_shown_with_what_its_paper_says(capsys: pytest.CaptureFixture[str], name: str) -> None:
    definition = DEFINITIONS[name]
    facts = document(capsys, "study", "show", name, "--json")
    assert facts == json.loads(json.dumps(definition.told().document))
    assert facts["title"] == definition.title
    assert main(["study", "show", name]) == 0
    shown = capsys.readouterr().out
    assert all(text in shown for text in (definition.source, *facts["claims"]))
    numbers = [one[key] for one in facts["published"] for key in ("best", "lost") if one.get(key)]
    assert all(f"{value:g}" in shown for value in numbers)


def test_a_study_is_reported(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command()) == 0
    capsys.readouterr()
    assert main(["study", "report", "study"]) == 0
    assert capsys.readouterr().out == "study/report/index.html\n"
    assert main(["study", "report", "study", "-o", "elsewhere"]) == 0
    assert (given / "elsewhere" / "report.csv").read_text() == (given / "study" / "report" / "report.csv").read_text()
    (given / "file").touch()
    assert "file" in refused(capsys, "study", "report", "study", "-o", "file")
    assert "nothing is not the folder of a study" in refused(capsys, "study", "report", "nothing")


def test_what_cannot_be_run_is_told(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--content, --style, --test-content, --test-style is missing" in refused(
        capsys, "study", "run", "tickets", "-o", "x"
    )
    assert "unknown study 'ticket': did you mean tickets" in refused(capsys, "study", "run", "ticket", "-o", "x")
    assert "workers is 0; it has to be at least 1" in refused(capsys, *command("--workers", "0", output="x"))
    (given / "settings.toml").write_text("round = 1")
    assert "did you mean 'rounds'" in refused(capsys, *command(output="x"))
    assert "nothing is not the folder of a study" in refused(capsys, "study", "status", "nothing")
    assert not (given / "x").exists()


def test_a_folder_of_another_study_is_refused(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command()) == 0
    (given / "settings.toml").write_text(SETTINGS.replace("rounds = 1", "rounds = 2"))
    assert "is the folder of another study, lotteries differ" in refused(capsys, *command())
    described = json.loads((given / "study" / "study.json").read_text())
    described["study"] = {"name": "structured", "scale": "small", "plans": {}}
    (given / "study" / "study.json").write_text(json.dumps(described))
    assert "is the folder of another study, name, scale, lotteries differ" in refused(capsys, *command())


def test_a_study_goes_on_elsewhere_from_its_folder_alone(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, *command("--json"))
    (given / "study").rename(given / "carried")
    judged = next(path for path in (given / "carried" / "steps").iterdir() if (path / "network").is_dir())
    (judged / "result.json").unlink()
    for name in ("encoder", "start"):
        (given / name).rename(given / f"other-{name}")
    assert document(capsys, "study", "resume", "carried", "--json") == found
    assert (judged / "result.json").is_file()
    (given / "train").rename(given / "other-train")
    (judged / "result.json").unlink()
    assert "train: no such folder" in refused(capsys, "study", "resume", "carried")
    (given / "carried" / "sources.json").write_text("{")
    assert "sources.json is damaged" in refused(capsys, "study", "resume", "carried")
    (given / "carried" / "sources.json").unlink()
    assert "carried has no sources.json; begin it with `intaglio study run`" in refused(capsys, "study", "resume", "carried")
