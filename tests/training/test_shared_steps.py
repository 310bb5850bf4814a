"""Two processes that share their batches take the steps of one process on the whole batch."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from torch import nn

from cli.verbs import refused
from data.training_pictures import filled
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.checkpoint import Checkpoints
from intaglio.training.log import read_log
from intaglio.training.loop import train
from intaglio.vocabulary.errors import OptionError
from loss_networks import narrow_pretrained
from training.networks import encoder_for
from training.runs import Loader, folder_of_pictures
from training.shared_steps import MASK, SPEC, Exact, shared_steps

PROGRAM = Path(__file__).with_name("shared_steps.py")


def launched(words: Sequence[str], folder: Path, *, code: int = 0) -> "subprocess.CompletedProcess[str]":
    """Two processes on this machine, that speak by gloo."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    launcher = [
        "-m",
        "torch.distributed.run",
        "--nproc-per-node",
        "2",
        "--master-addr",
        "127.0.0.1",
        "--master-port",
        str(port),
    ]
    done = subprocess.run(
        [sys.executable, *launcher, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode == 0) == (code == 0), done.stderr
    return done


def seen(folder: Path, name: str, rank: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / name / f"seen-{rank}.json").read_text())
    return found


def weights(folder: Path, name: str, rank: int = 0) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = torch.load(folder / name / f"weights-{rank}.pt", weights_only=True)
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training by one process, "one", and the same shared by two, "two"."""
    folder, threads = tmp_path_factory.mktemp("shared"), torch.get_num_threads()
    folder_of_pictures(folder)
    torch.set_num_threads(1)
    (folder / "one").mkdir()
    shared_steps(folder, "one")
    torch.set_num_threads(threads)
    (folder / "two").mkdir()
    launched([str(PROGRAM), str(folder), "two"], folder)
    return folder


def test_gradients_are_those_of_one_process_with_the_same_global_batch(place: Path) -> None:
    for alone, first, second in zip(seen(place, "one"), seen(place, "two"), seen(place, "two", 1), strict=True):
        assert first["gradients"] == second["gradients"]
        expected, found = torch.tensor(alone["gradients"]), torch.tensor(first["gradients"])
        assert float((found - expected).norm()) <= 2e-5 * float(expected.norm())


def test_every_process_takes_its_part_of_the_batches_of_one(place: Path) -> None:
    for alone, first, second in zip(seen(place, "one"), seen(place, "two"), seen(place, "two", 1), strict=True):
        assert alone["names"] == first["names"] + second["names"]
        assert len(first["names"]) == SPEC.batch_size // 2


def test_logs_tell_of_the_whole_batch(place: Path) -> None:
    for alone, first, second in zip(seen(place, "one"), seen(place, "two"), seen(place, "two", 1), strict=True):
        assert first["terms"] == second["terms"] == pytest.approx(alone["terms"], rel=1e-4)


def test_masks_and_weights_are_the_same_in_every_process(place: Path) -> None:
    first, second, alone = weights(place, "two"), weights(place, "two", 1), weights(place, "one")
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert all(torch.allclose(first[name], alone[name], atol=1e-4) for name in first)
    assert bool((first["0.weight"][~MASK["0.weight"]] == 0).all())
    assert bool((first["0.weight"][MASK["0.weight"]] != 0).all())


@pytest.mark.usefixtures("one_thread")
def test_a_run_of_two_processes_goes_on_in_one_with_the_batches_that_come_next(place: Path) -> None:
    (place / "later").mkdir()
    shutil.copytree(place / "two" / "checkpoints", place / "later" / "checkpoints")
    (place / "later" / "checkpoints" / "step-00000012.safetensors").unlink()
    shared_steps(place, "later")
    later, alone = seen(place, "later"), seen(place, "one")
    assert [step["step"] for step in later] == list(range(7, 13))
    assert [step["names"] for step in later] == [step["names"] for step in alone[6:]]
    found, expected = weights(place, "later"), weights(place, "one")
    assert all(torch.allclose(found[name], expected[name], atol=1e-4) for name in found)


def test_a_network_is_trained_by_two_processes_from_the_command_line(tmp_path: Path) -> None:
    for name in ("photos", "paintings"):
        filled(tmp_path / name, 4)
    save_pretrained(encoder_for("sanet"), tmp_path / "encoder")
    save_pretrained(narrow_pretrained(), tmp_path / "judge")
    words = ["-m", "intaglio", "train", "sanet", "--encoder", "encoder", "--loss-network", "judge"]
    words += ["--content", "photos", "--style", "paintings", "--steps", "3", "--batch", "2", "--crop", "32", "--resize", "40"]
    words += ["--device", "cpu", "--workers", "1"]
    done = launched([*words, "-o", "two"], tmp_path)
    assert done.stdout.count("parameters") == 1
    subprocess.run(
        [sys.executable, *words, "-o", "one"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
    )
    # Not the weights: Adam makes whole steps of gradients that are nothing but rounding.
    shared, alone = (read_log(tmp_path / f"{name}.run" / "network" / "log.jsonl") for name in ("two", "one"))
    assert [line["step"] for line in shared] == [line["step"] for line in alone] == [1, 3]
    for ours, expected in zip(shared, alone, strict=True):
        for term in ("content", "style", "identity.pixels", "identity.features", "total"):
            assert ours[term] == pytest.approx(expected[term], rel=1e-3)
    assert from_pretrained(tmp_path / "two").config == from_pretrained(tmp_path / "one").config


def test_what_processes_cannot_share_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert "models was started in 2 processes; train and distill share work so" in refused(capsys, "models")


def test_networks_that_normalize_over_batches_are_not_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    objective = Exact()
    objective.trained.append(nn.BatchNorm2d(3))
    monkeypatch.setattr(Accelerator, "num_processes", 2)
    loader = Loader(folder_of_pictures(tmp_path), SPEC)
    with pytest.raises(OptionError, match="3 normalizes over the whole batch, which several processes divide"):
        train(objective, loader, SPEC, checkpoints=Checkpoints(tmp_path / "run", "run"))
