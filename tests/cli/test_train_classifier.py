import json
from pathlib import Path

import numpy as np
import pytest

from cli.verbs import document, refused
from data.small_classes import cifar, class_folders
from intaglio.cli.main import main
from intaglio.storage.artifact import from_pretrained

SETTINGS = """
[network]
widths = [4, 4, 4]
"""


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cifar(tmp_path / "cifar", binary=False)
    (tmp_path / "small.toml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(output: str, *more: str, data: str = "cifar") -> list[str]:
    short = ["--steps", "3", "--batch", "4", "--spec", "small.toml"]
    return ["train", "convnet", "--data", data, "-o", output, *short, *more]


def test_a_classifier_is_trained_judged_and_begun_with(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = document(capsys, *command("one", "--json"))
    assert 0 <= facts["accuracy"] <= 1
    made = from_pretrained("one")
    assert made.config.model_dump()["widths"] == (4, 4, 4)
    assert "of 20 pictures that it has not learned from" in made.source.notes[1]
    assert "tags: [classifier]" in (given / "one" / "README.md").read_text()
    assert main(command("two", "--start", "one")) == 0
    assert "accuracy" in capsys.readouterr().out
    assert from_pretrained("two").source.parents == (("start", made.digest()),)
    assert main(["inspect", "one"]) == 0
    assert "MMAC per picture of 32 x 32" in capsys.readouterr().out


def test_what_cannot_be_learned_from_is_told(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--joint is not used for convnet, a classifier; leave it out" in refused(capsys, *command("x", "--joint"))
    assert "--content is not used for convnet" in refused(capsys, *command("x", "--content", "cifar"))
    assert "give one --data" in refused(capsys, "train", "convnet", "-o", "x")
    assert "no such folder" in refused(capsys, *command("x", data="nothing"))
    folder = class_folders(given / "things")
    (folder / "val" / "cat").rename(folder / "val" / "dog")
    assert "other classes to learn from than to be tested on" in refused(capsys, *command("x", data="things"))
    assert "--encoder is missing" in refused(capsys, "train", "adain", "-o", "x")
    assert not (given / "x").exists()


def test_a_classifier_is_pruned_while_it_trains(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command("one")) == 0
    (given / "fast.toml").write_text("[pruning]\nbatch_size = 4\n[retraining]\nbatch_size = 4\n")
    prune = ["prune", "one", "--method", "l1", "--data", "cifar", "--steps", "3", "--retrain", "2", "--spec", "fast.toml"]
    faster = [*prune, "--speedup", "1.3", "--multiple", "1"]
    facts = document(capsys, *faster, "-o", "fast", "--json")
    assert set(facts["layers"]) == {"conv1", "conv2", "conv3"}
    assert facts["finished"] == 1
    assert all(0 <= facts[stage]["accuracy"] <= 1 for stage in ("before", "pruned", "retrained"))
    shown = document(capsys, "ticket", "show", "fast", "--json")
    assert 0.1 < shown["sparsity"] < 0.5
    capsys.readouterr()
    assert main([*faster, "--sensitivity", "-o", "measured"]) == 0
    assert "without 90%" in capsys.readouterr().out
    assert set(json.loads((given / "measured.run" / "groups.json").read_text())["sensitivity"]) == {"conv1", "conv2", "conv3"}
    assert main([*prune, "--ratio", "0.25", "-o", "quarter"]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("conv2", "recovered", "trained on", "after 1 steps"))
    assert "--speedup or --ratio is missing" in refused(capsys, *prune, "-o", "x")
    assert "at most 1 times with multiples of 8; ask for less, or for a smaller multiple" in refused(
        capsys, *prune, "--speedup", "1.3", "-o", "x"
    )
    assert "--multiple rounds what a speedup asks for" in refused(
        capsys, *prune, "--ratio", "0.5", "--multiple", "1", "-o", "x"
    )
    without = ["prune", "one", "--method", "l1", "--ratio", "0.5", "-o", "x"]
    assert "--data is missing; a classifier learns from CIFAR-10" in refused(capsys, *without)
    assert "a classifier learns from --data" in refused(capsys, *without, "--data", "cifar", "--content", "cifar")
    assert "--speedup and --ratio both say how much goes" in refused(
        capsys, *prune, "--ratio", "0.5", "--speedup", "2", "-o", "x"
    )
    assert "give --speedup, too" in refused(capsys, *prune, "--ratio", "0.5", "--sensitivity", "-o", "x")
    assert "ratio is 1; it has to be at least 0 and less than 1" in refused(capsys, *prune, "--ratio", "1", "-o", "x")
    (given / "unknown.toml").write_text("[ratios]\nconv9 = 0.5\n")
    unknown = ["prune", "one", "--method", "l1", "--data", "cifar", "--spec", "unknown.toml", "-o", "x"]
    assert "there is no layer 'conv9'; layers are conv1, conv2, conv3, fc" in refused(capsys, *unknown)
    assert "--sparsity is missing" in refused(capsys, "prune", "one", "-o", "x")
    assert "--sparsity is not used by the method l1" in refused(capsys, *prune, "--sparsity", "0.5", "-o", "x")
    assert "--spec is not used by the method magnitude" in refused(
        capsys, "prune", "one", "--sparsity", "0.5", "--spec", "fast.toml", "-o", "x"
    )


def test_pictures_without_labels_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    pictures = np.zeros((4, 32, 32, 3), np.uint8)
    np.savez("some.npz", train_images=pictures, test_images=pictures)
    said = refused(capsys, "train", "convnet", "--data", "some.npz", "-o", "x")
    assert "some.npz has a single class, and a classifier tells at least two apart" in said
