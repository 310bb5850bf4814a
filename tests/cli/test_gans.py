"""What the command line does with networks of GANs: show, prune, compact and compare them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from cli.verbs import document, refused
from images.pictures import save
from intaglio.cli.main import main
from intaglio.models.catalog import MODELS
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.pretrained import Pretrained

NAMES = [card.name for card in MODELS.values() if card.family in ("generator", "translator", "discriminator")]


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An artifact of each kind, the example of its card."""
    torch.manual_seed(0)
    for name in NAMES:
        card = MODELS[name]
        network = card.build(card.example).eval()
        save_pretrained(Pretrained(card=card, config=card.example, network=network), tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_inspect_tells_what_a_picture_costs(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, unit in (("resnet-generator", "MMAC per picture of 16 x 16"), ("cyclegan-generator", "GMAC per megapixel")):
        assert main(["inspect", name]) == 0
        assert unit in capsys.readouterr().out
    found = document(capsys, "inspect", "deep-conv-generator", "--json")
    first = next(layer for layer in found["layers"] if layer["name"] == "convs.0")
    # 6 x 5 filters of 4 x 4 on the grid of 8 x 8 that it gives, for a picture of 32 x 32.
    assert first["macs_per_pixel"] == 6 * 5 * 16 * 8 * 8 / 32**2
    assert (first["kind"], first["inputs"], first["outputs"]) == ("ConvTranspose2d", 6, 5)
    assert "| multiply-accumulates per picture of 32 x 32 |" in (given / "deep-conv-generator" / "README.md").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_pruned_compacted_and_compared(name: str, given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prune", name, "-o", "ticket", "--sparsity", "0.5"]) == 0
    ticket = from_pretrained("ticket")
    assert ticket.ticket is not None
    assert ticket.ticket.mask.sparsity == pytest.approx(0.5, abs=0.01)
    assert main(["compact", "ticket", "-o", "small"]) == 0
    capsys.readouterr()
    rows = document(capsys, "inspect", "small", "--before", name, "--turns", "1", "--size", "32", "--batch", "2", "--json")
    assert rows["parameters"][1] <= rows["parameters"][0]
    assert min(rows["milliseconds"]) > 0


def test_a_plan_tells_how_a_picture_would_be_translated(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The picture's header is all that is read."""
    save(given / "large.png", np.zeros((1500, 2000, 3), np.uint8))
    command = ["translate", "cyclegan-generator", "large.png", "-o", "out.png", "--plan"]
    assert main([*command, "--memory", "600MB"]) == 0
    told = capsys.readouterr().out
    for fact in (
        "block 1, first",
        "render",
        "2000x1500, 3 Mpx",
        "streamed, since in memory it takes ",
        "10 passes, which compute ",
    ):
        assert fact in told, fact
    plan = document(capsys, *command, "--memory", "600MB", "--json")
    assert plan["streamed"]
    assert plan["memory"] <= 600_000_000
    assert plan["computed_megapixels"] > 3
    assert len(plan["passes"]) == 10
    plan = document(capsys, *command, "--memory", "100GB", "--json")
    assert [one["name"] for one in plan["passes"]] == ["translate"]
    assert (plan["streamed"], plan["computed_megapixels"]) == (False, 3)
    assert not (given / "out.png").exists()


def test_nobody_stylizes_with_them(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (given / "picture.png").write_bytes(b"")
    line = refused(capsys, "stylize", "picture.png", "--style", "picture.png", "--model", "cyclegan-generator", "-o", "out.png")
    assert "does not stylize: it is of the family 'translator'" in line
