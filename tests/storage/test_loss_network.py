from pathlib import Path

import pytest
import torch

from intaglio.storage.artifact import save_pretrained
from intaglio.storage.loss_network import read_loss_network
from intaglio.vocabulary.errors import InputError
from loss_networks import narrow_pretrained
from style_networks import STYLE_CARDS, pretrained


def test_an_encoder_comes_back_frozen_and_lifted(tmp_path: Path) -> None:
    saved = narrow_pretrained()
    save_pretrained(saved, tmp_path / "vgg")
    network = read_loss_network(tmp_path / "vgg")
    assert network.layers == ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert network(torch.rand(1, 3, 32, 32), ["relu4_1"])["relu4_1"].shape == (1, 8, 4, 4)


def test_of_a_style_network_the_deepest_encoder_is_taken(tmp_path: Path) -> None:
    saved = pretrained(STYLE_CARDS["wct"])
    save_pretrained(saved, tmp_path / "wct")
    network = read_loss_network(tmp_path / "wct")
    assert network.encoder.config.cut == "relu3_1"
    expected = saved.network.state_dict()["stages.0.encoder.layers.conv3_1.weight"]
    assert torch.equal(network.encoder.state_dict()["layers.conv3_1.weight"], expected)


def test_what_is_no_artifact_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not an artifact"):
        read_loss_network(tmp_path)
