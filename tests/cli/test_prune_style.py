"""`intaglio prune` of a style network while it trains."""

from pathlib import Path

import pytest

from cli.verbs import document, refused
from data.training_pictures import filled
from intaglio.cli.main import main
from intaglio.storage.artifact import save_pretrained
from style_networks import STYLE_CARDS, pretrained

SETTINGS = """
[crop]
size = 32
to = 34
resize = "shorter"
[pruning]
batch_size = 1
[retraining]
batch_size = 1
"""
PRUNE = ["prune", "small", "--method", "l1", "--spec", "small.toml", "--steps", "2", "--retrain", "1"]
PRUNE += ["--speedup", "1.5", "--multiple", "1"]
PICTURES = ["--content", "content", "--style", "style"]


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("content", "style"):
        filled(tmp_path / name, 2)
    save_pretrained(pretrained(STYLE_CARDS["adain"]), tmp_path / "small")
    (tmp_path / "small.toml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_style_network_is_pruned_and_stylizes(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = document(capsys, *PRUNE, *PICTURES, "--sensitivity", "-o", "fast", "--json")
    assert len(facts["layers"]) == len(facts["sensitivity"]) == 16
    assert set(facts["before"]) == {"error", "content", "style"}
    capsys.readouterr()
    assert main([*PRUNE, *PICTURES, "--loss-network", "small", "-o", "other"]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("content", "trained on", "after 1 steps"))
    stylize = ["stylize", "content/00.png", "--style", "style/00.png", "--model", "fast", "-o", "made.png"]
    assert main(stylize) == 0
    assert (given / "made.png").is_file()


def test_what_a_style_network_cannot_learn_from_is_told(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "this network learns from --content and --style; --style is missing" in refused(
        capsys, *PRUNE, "--content", "content", "-o", "x"
    )
    assert "--data is not used here" in refused(capsys, *PRUNE, *PICTURES, "--data", "content", "-o", "x")
    assert "is of the family encoder, which nothing trains alone" in refused(
        capsys, "prune", "loss-network", *PRUNE[2:], *PICTURES, "-o", "x"
    )
    assert "--content is not used by the method magnitude" in refused(
        capsys, "prune", "small", "--sparsity", "0.5", "--content", "content", "-o", "x"
    )
    assert not (given / "x").exists()
