from pathlib import Path

import pytest
import torch

from cli.verbs import document, refused
from data.training_pictures import filled
from intaglio.cli.main import main
from intaglio.models.catalog import MODELS
from intaglio.pruning.widths.channels import layers_of
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.pretrained import Pretrained
from style_networks import STYLE_CARDS, pretrained


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A network of which one filter has no weights and another never fires, and pictures."""
    network = pretrained(STYLE_CARDS["adain"])
    layers = layers_of(network.network)
    never = layers["stages.0.decoder.conv3_1"].bias
    assert never is not None
    with torch.no_grad():
        layers["stages.0.decoder.conv2_1"].weight[1] = 0
        never[2] = -1e6
    save_pretrained(network, tmp_path / "net")
    for name in ("content", "style"):
        # A single picture each: what is watched is what is compared.
        filled(tmp_path / name, 1)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_channels_that_say_nothing_go(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    by_weights = document(capsys, "compact", "net", "-o", "one", "--json")
    assert by_weights["layers"] == {"stages.0.decoder.conv2_1": [4, 3]}
    assert by_weights["difference"] < 1e-5
    assert by_weights["empty"] == {}
    watched = ["--lossless", "--content", "content", "--style", "style", "--pictures", "2", "--size", "32"]
    on_pictures = document(capsys, "compact", "net", *watched, "-o", "two", "--json")
    # More may never fire in a network this small.
    assert on_pictures["layers"]["stages.0.decoder.conv3_1"][1] <= 3
    assert on_pictures["difference"] < 1e-3
    for name, facts in (("one", by_weights), ("two", on_pictures)):
        made = from_pretrained(name)
        before, after = facts["parameters"]
        assert after == sum(one.numel() for one in made.network.parameters()) < before
        assert made.source.parents == (("network", from_pretrained("net").digest()),)
    capsys.readouterr()
    assert main(["compact", "net", *watched, "-o", "three"]) == 0
    shown = capsys.readouterr().out
    assert all(
        word in shown for word in ("stages.0.decoder.conv2_1", "GMAC per megapixel", "bytes", "2 pairs that were not watched")
    )


def test_a_classifier_becomes_smaller(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    card = MODELS["convnet"]
    network = card.build(card.example)
    third = layers_of(network)["conv3"]
    assert third.bias is not None
    with torch.no_grad():
        third.weight[:5] = 0
        third.bias.zero_()
    save_pretrained(Pretrained(card=card, config=card.example, network=network), tmp_path / "net")
    assert document(capsys, "compact", "net", "-o", "small", "--json")["layers"] == {"conv3": [8, 3]}
    capsys.readouterr()
    assert main(["compact", "net", "-o", "again"]) == 0
    shown = capsys.readouterr().out
    assert "empty still" not in shown
    assert "MMAC, 32 x 32" in shown
    assert "on noise" in shown


def test_filters_that_have_to_stay_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = pretrained(STYLE_CARDS["sanet"])
    query = layers_of(network.network)["fine.query"]
    with torch.no_grad():
        query.weight[:2] = 0
    save_pretrained(network, tmp_path / "net")
    assert main(["compact", str(tmp_path / "net"), "-o", str(tmp_path / "small")]) == 0
    assert "2 of fine.query: filters without weights" in capsys.readouterr().out


def test_a_network_beside_the_one_it_was_made_from(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compact", "net", "-o", "small"]) == 0
    save_pretrained(from_pretrained("net"), given / "loss-network")
    capsys.readouterr()
    judged = ["--content", "content", "--style", "style", "--size", "64"]
    assert main(["inspect", "small", "--before", "net", *judged, "--turns", "2"]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("parameters", "milliseconds", "median of 2 in turns", "total", "all pairs"))
    beside = document(capsys, "inspect", "small", "--before", "net", "--turns", "0", "--json")
    assert beside["parameters"] == [
        sum(one.numel() for one in from_pretrained(name).network.parameters()) for name in ("net", "small")
    ]
    assert "milliseconds" not in beside
    assert "use only beside another network" in refused(capsys, "inspect", "small", "--data", "content")
    assert "leave out --data" in refused(capsys, "inspect", "small", "--before", "net", "--data", "content", "--turns", "0")
    assert "both are needed" in refused(capsys, "inspect", "small", "--before", "net", "--style", "style", "--turns", "0")


def test_networks_of_different_kinds_are_not_compared(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_pretrained(pretrained(STYLE_CARDS["lst"]), given / "other")
    assert "only networks of one kind" in refused(capsys, "inspect", "other", "--before", "net")


def test_what_cannot_be_made_smaller_is_told(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    watches = "--lossless watches a style network; name folders with --content and --style"
    assert watches in refused(capsys, "compact", "net", "--lossless", "-o", "x")
    assert "widths cannot be multiples of 0" in refused(capsys, "compact", "net", "--multiple", "0", "-o", "x")
    assert not (given / "x").exists()
