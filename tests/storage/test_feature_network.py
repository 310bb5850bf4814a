import sys
from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from feature_networks import CLASSIFIER_CARDS, classifier
from intaglio.models.classify.classifier import Classifier
from intaglio.storage import inception
from intaglio.storage.artifact import save_pretrained
from intaglio.storage.feature_network import classifier_features, read_feature_network
from intaglio.storage.foreign import sha256_of
from intaglio.vocabulary.errors import InputError, OptionError, WeightsError
from style_networks import STYLE_CARDS, pretrained


def pictures(side: int, count: int = 3) -> Tensor:
    return torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", CLASSIFIER_CARDS)
def test_features_of_every_classifier_are_what_its_last_layer_takes(name: str) -> None:
    given = classifier(name)
    network = given.network
    assert isinstance(network, Classifier)
    found = classifier_features(given)
    assert found.side is not None
    seen = pictures(found.side)
    features, scores = found.see(seen)
    last = [layer for layer in network.modules() if isinstance(layer, nn.Linear)][-1]
    assert features.shape == (3, last.in_features)
    torch.testing.assert_close(scores, last(features))
    torch.testing.assert_close(scores, network(seen.float() / 255))
    again, _ = found.see(seen[:1])
    torch.testing.assert_close(again, features[:1], rtol=1e-4, atol=1e-4)


def test_a_stand_in_carries_its_name_and_the_digest_of_its_weights(tmp_path: Path) -> None:
    given = classifier()
    save_pretrained(given, tmp_path / "net")
    found = read_feature_network(tmp_path / "net")
    assert found.digest == given.digest()
    assert found.label("FID") == f"FID[convnet {given.digest()[:6]}]"
    assert found.resize == "squares of 32 px, the shorter side by Lanczos and the middle kept"
    assert classifier_features(classifier(seed=1)).label("FID") != found.label("FID")


def test_what_gives_no_scores_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"adain is no classifier; features come from one, such as"):
        classifier_features(pretrained(STYLE_CARDS["adain"]))
    with pytest.raises(InputError, match=r"nothing is not a folder"):
        read_feature_network(tmp_path / "nothing")


class Extractor(nn.Module):
    """Has the interface of torch-fidelity's network, and one layer."""

    def __init__(
        self, name: str, features_list: Sequence[str], feature_extractor_weights_path: str | None = None, **more: object
    ) -> None:
        super().__init__()
        assert name
        assert feature_extractor_weights_path is not None, "without a path the real one downloads"
        self.features_list, self.fc = features_list, nn.Linear(12, 5)
        self.load_state_dict(torch.load(feature_extractor_weights_path))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        assert x.dtype == torch.uint8
        features = x.float().flatten(1)[:, :12]
        found = {"2048": features, "logits_unbiased": features @ self.fc.weight.T}
        return tuple(found[name] for name in self.features_list)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch-fidelity, as far as it is used."""
    module = ModuleType("torch_fidelity")
    module.FeatureExtractorInceptionV3 = Extractor  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch_fidelity", module)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "inception.pth"
    torch.save({f"fc.{name}": value for name, value in nn.Linear(12, 5).state_dict().items()}, path)
    return path


@pytest.mark.usefixtures("installed")
def test_inception_gives_features_and_scores_without_bias(weights: Path) -> None:
    found = read_feature_network(weights)
    assert found.side is None
    features, scores = found.see(pictures(16))
    state = torch.load(weights)
    torch.testing.assert_close(scores, features @ state["fc.weight"].T)
    assert found.resize.startswith("299 x 299")


@pytest.mark.usefixtures("installed")
def test_only_the_published_weights_give_numbers_with_plain_names(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = read_feature_network(weights)
    assert not other.published
    assert other.label("FID") == f"FID[inception-2015 {other.digest[:6]}]"
    monkeypatch.setattr(inception, "PUBLISHED", sha256_of(weights))
    assert read_feature_network(weights).label("FID") == "FID"


@pytest.mark.usefixtures("installed")
def test_a_file_that_is_no_inception_is_refused(weights: Path, tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(2, 2)}, weights)
    with pytest.raises(
        WeightsError, match=r"are no weights of Inception in the layout of torch-fidelity; get weights-inception-"
    ):
        read_feature_network(weights)
    weights.write_bytes(b"x" * 1000)
    with pytest.raises(WeightsError, match=r"is truncated, damaged or no PyTorch checkpoint"):
        read_feature_network(weights)


def test_without_torch_fidelity_the_extra_is_named(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    with pytest.raises(OptionError, match=r"pip install 'intaglio\[fid\]', or take a classifier of ours"):
        read_feature_network(weights)


def test_torch_fidelity_has_the_interface_that_is_counted_on() -> None:
    module = pytest.importorskip("torch_fidelity", exc_type=ImportError)
    extractor = module.FeatureExtractorInceptionV3
    assert {"2048", "logits_unbiased"} <= set(extractor.get_provided_features_list())
    assert list(signature(extractor).parameters)[:3] == ["name", "features_list", "feature_extractor_weights_path"]
