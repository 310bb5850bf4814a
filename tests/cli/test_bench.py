from pathlib import Path

import pytest

from cli.verbs import document, refused
from intaglio.cli.main import main
from intaglio.runtime.native import instruction_sets, native
from intaglio.storage.artifact import save_pretrained
from style_networks import STYLE_CARDS, pretrained


@pytest.fixture
def networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a cascade, a stepped network and a ticket, where commands run; small tiles."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("intaglio.runtime.trial._TILE", 32)
    for name in ("adain", "sanet"):
        save_pretrained(pretrained(STYLE_CARDS[name]), tmp_path / name)
    return tmp_path


@pytest.mark.skipif(native() is None, reason="the kernels were not built here")
def test_every_layer_of_a_ticket_is_timed_both_ways(networks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prune", "adain", "--sparsity", "0.8", "--floor", "0.01", "-o", "ticket"]) == 0
    layers = document(capsys, "bench", "ticket", "--turns", "1", "--json")["layers"]
    assert [(one["part"], one["name"]) for one in layers[8:11]] == [
        ("encoder", "conv4_1"),
        ("decoder", "conv4_1"),
        ("decoder", "conv3_4"),
    ]
    assert len(layers) == 18
    assert all(one["seconds"].keys() == {"dense", "sparse"} and min(one["seconds"].values()) > 0 for one in layers)
    assert all(one["peak"] > 1e8 for one in layers)
    assert {one["side"] for one in layers} == {4, 8, 16, 32}
    # The color convolution folds into the first layer and fills its zeros.
    pruned = [one for one in layers if one["kept"] < 0.5 and one["inputs"] > 3]
    assert {one["ways"]["sparse"] for one in pruned} == {"sparse"}
    assert pruned[0]["macs"] == pytest.approx(
        pruned[0]["kept"] * pruned[0]["inputs"] * pruned[0]["outputs"] * 9 * pruned[0]["side"] ** 2
    )


def test_it_is_a_table_for_people(networks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "sanet", "--turns", "1"]) == 0
    said = capsys.readouterr().out
    assert "encoder conv1_1" in said
    assert "times as fast" in said


def test_what_has_no_layers_to_time_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "is not a folder" in refused(capsys, "bench", str(tmp_path / "nowhere"))


def test_the_doctor_says_what_is_there(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    found = document(capsys, "doctor", "--json")
    assert all(one in found["sparse_kernels"] for one in instruction_sets())
    monkeypatch.setattr("intaglio.runtime.native.native", lambda: None)
    found = document(capsys, "doctor", "--json")
    assert "no C++ compiler was found" in found["sparse_kernels"]
    assert main(["doctor"]) == 0
    assert "sparse kernels" in capsys.readouterr().out
