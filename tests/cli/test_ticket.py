import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from cli.verbs import document, refused
from intaglio.cli.main import main
from intaglio.pruning.mask import Mask
from intaglio.storage.artifact import from_pretrained, save_pretrained
from style_networks import STYLE_CARDS, pretrained
from stylizing.jobs import picture, pixels


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a dense network, where commands run."""
    monkeypatch.chdir(tmp_path)
    save_pretrained(pretrained(STYLE_CARDS["sanet"]), tmp_path / "dense")
    return tmp_path


def mask_of(folder: str) -> Mask:
    found = from_pretrained(folder).ticket
    assert found is not None
    return found.mask


def said(capsys: pytest.CaptureFixture[str]) -> str:
    output = capsys.readouterr()
    assert output.err == ""
    return output.out


def test_a_network_is_cut_shown_made_dense_and_packed_again(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut = document(capsys, "prune", "dense", "--sparsity", "0.6", "-o", "ticket", "--json")
    assert (cut["model"], cut["origin"]["method"], cut["sparsity"]) == ("sanet", "magnitude", pytest.approx(0.6, abs=1e-3))
    assert sum(part["kept"] for part in cut["parts"]) == sum(layer["kept"] for layer in cut["layers"]) == cut["kept"]
    assert {part["name"] for part in cut["parts"]} == {"encoder", "transfer", "decoder"}
    assert cut["parents"] == [["network", from_pretrained("dense").digest()]]
    assert cut["bytes"] == (models / "ticket" / "ticket.safetensors").stat().st_size

    assert main(["ticket", "show", "ticket"]) == 0
    shown = said(capsys)
    assert f"{cut['kept']:,} of {cut['weights']:,}, sparsity {cut['sparsity']:.2%}" in shown
    assert all(layer["name"] in shown for layer in cut["layers"])
    assert document(capsys, "ticket", "show", "ticket", "--json") == cut

    assert main(["ticket", "apply", "ticket", "-o", "zeros"]) == 0
    zeros, ticket = from_pretrained("zeros"), from_pretrained("ticket")
    assert (zeros.ticket, zeros.digest()) == (None, ticket.digest())
    assert (models / "zeros" / "model.safetensors").is_file()
    assert main(["ticket", "pack", "zeros", "-o", "packed"]) == 0
    assert from_pretrained("packed").digest() == ticket.digest()
    assert mask_of("packed") == mask_of("ticket")


def test_a_mask_is_given_to_another_network_of_the_same_shape(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_pretrained(pretrained(STYLE_CARDS["sanet"], seed=5), models / "other")
    assert main(["prune", "dense", "--method", "uniform-random", "--seed", "3", "--sparsity", "0.5", "-o", "ticket"]) == 0
    assert main(["ticket", "apply", "ticket", "--model", "other", "-o", "masked"]) == 0
    kept, masked, other = mask_of("ticket"), from_pretrained("masked"), from_pretrained("other")
    for name, weight in masked.network.state_dict().items():
        whole = other.network.state_dict()[name]
        assert torch.equal(weight, torch.where(kept[name], whole, 0) if name in kept else whole)
    assert dict(masked.source.parents) == {"ticket": from_pretrained("ticket").digest(), "network": other.digest()}
    save_pretrained(pretrained(STYLE_CARDS["adain"]), models / "adain")
    assert "the mask is of another network" in refused(capsys, "ticket", "apply", "ticket", "--model", "adain", "-o", "x")


def test_parts_are_cut_one_after_the_other(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prune", "dense", "--part", "decoder", "--sparsity", "0.5", "-o", "one"]) == 0
    assert main(["prune", "one", "--part", "encoder", "--sparsity", "0.3", "-o", "two"]) == 0
    parts = document(capsys, "ticket", "show", "two", "--json")["parts"]
    sparsity = {part["name"]: part["sparsity"] for part in parts}
    assert sparsity == {"decoder": pytest.approx(0.5, abs=1e-2), "encoder": pytest.approx(0.3, abs=1e-2)}
    assert "gone already" in refused(capsys, "prune", "two", "--part", "decoder", "--sparsity", "0.4", "-o", "three")


def test_a_ticket_stylizes_as_the_dense_network_with_zeros(models: Path) -> None:
    assert main(["prune", "dense", "--sparsity", "0.4", "-o", "ticket"]) == 0
    assert main(["ticket", "apply", "ticket", "-o", "zeros"]) == 0
    picture(models / "content.png", 500, 700, seed=1)
    picture(models / "style.png", 80, 90, seed=2)
    for model in ("ticket", "zeros"):
        command = ["stylize", "content.png", "--style", "style.png", "-m", model, "-o", f"{model}.tif"]
        program = "import sys; from intaglio.cli.main import main; sys.exit(main(sys.argv[1:]))"
        subprocess.run([sys.executable, "-c", program, *command], check=True, capture_output=True)
    np.testing.assert_array_equal(pixels(models / "ticket.tif"), pixels(models / "zeros.tif"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("prune", "dense", "--sparsity", "1", "-o", "x"), "sparsity is 1; it has to be at least 0 and less than 1"),
        (("prune", "dense", "--sparsity", "0.5", "--method", "magnitud", "-o", "x"), "did you mean magnitude"),
        (("prune", "dense", "--sparsity", "0.5", "--part", "head", "-o", "x"), "sanet has no part 'head'"),
        (("prune", "dense", "--sparsity", "0.999", "-o", "x"), "would lose its last weight; prune less, or keep a floor"),
        (
            ("ticket", "show", "dense"),
            "dense is a dense network, not a ticket; `intaglio prune` or `intaglio ticket pack` makes",
        ),
        (("ticket", "apply", "dense", "-o", "x"), "is a dense network, not a ticket"),
        (("ticket", "pack", "dense", "-o", "x"), "has no weight that is zero; `intaglio prune` removes some"),
        (("ticket", "show", "nothing"), "nothing is not a folder"),
    ],
)
def test_what_cannot_be_done_is_told(
    models: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], complaint: str
) -> None:
    assert complaint in refused(capsys, *arguments)
    assert not (models / "x").exists()
