from pathlib import Path

import pytest
import torch

from cli.verbs import document, refused
from data.training_pictures import filled
from intaglio.cli.main import main
from intaglio.exporting.constants import convolutions
from intaglio.models.style.network import Cascade
from intaglio.storage.artifact import from_pretrained, save_pretrained
from style_networks import STYLE_CARDS, pretrained


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A network of which one filter has no weights and another never fires, and pictures."""
    network = pretrained(STYLE_CARDS["adain"])
    assert isinstance(network.network, Cascade)
    layers = dict(convolutions(network.network))
    with torch.no_grad():
        layers["stages.0.decoder.conv2_1"].weight[1] = 0
        layers["stages.0.decoder.conv3_1"].bias[2] = -1e6
    save_pretrained(network, tmp_path / "net")
    for name in ("content", "style"):
        # A single picture each: what is watched is what is compared.
        filled(tmp_path / name, 1)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_channels_that_say_nothing_go(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    by_weights = document(capsys, "compact", "net", "-o", "one", "--json")
    assert by_weights["layers"] == {"stages.0.decoder.conv2_1": [4, 3]}
    assert by_weights["difference"] is None
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
    assert all(word in shown for word in ("stages.0.decoder.conv2_1", "GMAC per megapixel", "2 pairs that were not watched"))


def test_what_cannot_be_made_smaller_is_told(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--content or --style is missing" in refused(capsys, "compact", "net", "--lossless", "-o", "x")
    assert "'sanet', which cannot be made smaller yet; WCT and AdaIN can" in refused(capsys, "compact", "sanet", "-o", "x")
    assert "widths cannot be multiples of 0" in refused(capsys, "compact", "net", "--multiple", "0", "-o", "x")
    assert not (given / "x").exists()
