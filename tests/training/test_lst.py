import pytest
import torch

from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.lst import CUTS, LST, LSTConfig
from intaglio.models.style.vgg_codec import CodecConfig, Cut
from intaglio.training.catalog import NETWORK_METHODS
from loss_networks import narrow, narrow_config

METHOD = NETWORK_METHODS["lst"]


def configured(encoder: CodecConfig) -> LSTConfig:
    config = METHOD.config(encoder)
    assert isinstance(config, LSTConfig)
    return config


def narrow_network(cut: Cut) -> LST:
    return LST(configured(narrow_config(cut, heads=False)))


@pytest.mark.parametrize(("channels", "size"), [(8, 8), (32, 32), (512, 32)])
def test_matrices_have_the_papers_size_or_the_channels_there_are(channels: int, size: int) -> None:
    assert configured(CodecConfig(cut="relu4_1", widths=(2,) * 8 + (channels,))).matrix == size


@pytest.mark.parametrize("cut", CUTS)
def test_networks_at_both_layers_train_with_the_weights_of_the_reference(cut: Cut) -> None:
    objective = METHOD.objective(narrow_network(cut), LossNetwork(narrow().encoder), METHOD.settings(), False)
    assert objective.weights == {"content": 1.0, "style": 0.02}
    assert [name for name, _ in objective.trained.named_children()] == ["transform"]
    terms = objective({role: torch.rand(2, 3, 32, 32) for role in ("content", "style")})
    assert terms.keys() == objective.weights.keys()
    assert all(bool(term.isfinite()) for term in terms.values())


def test_the_decoder_learns_if_the_settings_say_so() -> None:
    settings = METHOD.settings.parse({"decoder": True, "style": 0.5}, where="losses")
    objective = METHOD.objective(narrow_network("relu4_1"), narrow(), settings, False)
    assert {name for name, _ in objective.trained.named_children()} == {"transform", "decoder"}
    assert objective.weights["style"] == 0.5
