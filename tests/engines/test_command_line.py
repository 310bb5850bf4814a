"""Engines from the command line."""

import json
from pathlib import Path

import pytest
import torch

from cli.test_study import SETTINGS
from cli.verbs import document, refused
from engines.two_nodes import TwoNodes
from intaglio.cli.main import main
from intaglio.storage.artifact import save_pretrained
from studies.small_studies import sources
from stylizing.jobs import NETWORKS, picture

SMALL = ["--tile", "48x32", "--json"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pictures, a network, and sources of a study, in the working directory."""
    sources(tmp_path, "adain")
    (tmp_path / "settings.toml").write_text(SETTINGS)
    (tmp_path / "photos").mkdir()
    for number in range(2):
        picture(tmp_path / "photos" / f"{number}.png", 150, 50, seed=number)
    picture(tmp_path / "style.png", 50, 64, seed=5)
    save_pretrained(NETWORKS["adain"], tmp_path / "network")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stylize(content: str, output: str, *more: str) -> list[str]:
    return ["stylize", content, "--style", "style.png", "--model", "network", "-o", output, *SMALL, *more]


def study(output: str, *more: str) -> list[str]:
    networks = ["--encoder", "encoder", "--start", "start", "--loss-network", "encoder"]
    pictures = ["--content", "train", "--style", "train", "--test-content", "test", "--test-style", "test"]
    named = ["--network", "adain", "--scale", "tiny", "--spec", "settings.toml"]
    return ["study", "run", "joint-training", "-o", output, *networks, *pictures, *named, *more]


@pytest.mark.usefixtures("one_thread")
def test_processes_of_this_machine_share_the_rows_of_a_picture(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document(capsys, *stylize("photos/0.png", "alone.png"))
    found = document(capsys, *stylize("photos/0.png", "shared.png", "--workers", "2"))
    assert found["plan"]["tile"] == [32, 48]
    assert (place / "shared.png").read_bytes() == (place / "alone.png").read_bytes()
    assert torch.get_num_threads() == 1


@pytest.mark.ray
@pytest.mark.usefixtures("one_thread")
def test_pictures_and_studies_go_to_a_cluster(place: Path, nodes: TwoNodes, capsys: pytest.CaptureFixture[str]) -> None:
    there = ["--engine", "ray", "--address", nodes.address]
    for folder in ("near", "far"):
        (place / folder).mkdir()
    assert main(stylize("photos", "near")) == 0
    reports = document(capsys, *stylize("photos", "far", *there))
    assert sorted(Path(one["output"]).name for one in reports) == ["0.png", "1.png"]
    assert all((place / "far" / name).read_bytes() == (place / "near" / name).read_bytes() for name in ("0.png", "1.png"))
    assert main(study("here")) == 0
    (place / "settings.toml").write_text(f'engine = "ray"\n{SETTINGS}')
    found = document(capsys, *study("there", "--json", "--address", nodes.address))
    assert found == document(capsys, "study", "status", "here", "--json")
    assert (place / "there" / "study.json").read_bytes() == (place / "here" / "study.json").read_bytes()
    assert json.loads((place / "there" / "sources.json").read_text())


def test_what_engines_do_not_take_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "unknown engine 'slurm'" in refused(capsys, *stylize("photos/0.png", "out.png", "--engine", "slurm"))
    assert "workers is 0; it has to be at least 1" in refused(capsys, *stylize("photos/0.png", "out.png", "--workers", "0"))
    assert "--address a:1 is of a cluster" in refused(capsys, *stylize("photos/0.png", "out.png", "--address", "a:1"))
    for engine in ("local", "ray"):
        words = stylize("photos/0.png", "s3://bucket/out.png", "--engine", engine)
        assert "--output s3://... is a URL; pictures are written row by row, so name a file" in refused(capsys, *words)
    (place / "settings.toml").write_text(f'engine = "slurm"\n{SETTINGS}')
    assert "unknown engine 'slurm'" in refused(capsys, *study("there"))
    optimize = [word for word in stylize("photos/0.png", "out.png", "--method", "optimize") if word not in SMALL]
    assert "--workers does not go with --method optimize" in refused(capsys, *optimize, "--workers", "2")
    assert not (place / "out.png").exists()
    assert not (place / "there").exists()
