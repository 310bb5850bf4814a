from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from intaglio.models.catalog import MODELS
from intaglio.models.classify.classifier import IMAGENET_MEAN, IMAGENET_STD, Classifier
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.vocabulary.errors import SpecError, WeightsError

ALEXNET = (
    *(("conv1", "features.0"), ("conv2", "features.3"), ("conv3", "features.6"), ("conv4", "features.8")),
    *(("conv5", "features.10"), ("fc6", "classifier.1"), ("fc7", "classifier.4"), ("fc8", "classifier.6")),
)
CONFIGS: dict[str, dict[str, Any]] = {
    "alexnet": {"widths": (4, 6, 5, 3, 4), "hidden": (8, 6), "groups": 1, "padding": 2, "normalized": False},
    "vgg16": {"widths": (2, 3, 4, 5, 4, 3, 4, 5, 4, 3, 4, 5, 6), "hidden": (7, 8)},
    "resnet50": {"stem": 4, "inner": (((2, 3), (3, 2)), ((4, 3),)), "outputs": (6, 8)},
}


def checkpoint(name: str, path: Path, **changes: Any) -> Classifier:
    """A narrow network in torchvision's names, and ours."""
    torch.manual_seed(0)
    card = MODELS[name]
    network = card.build(card.config.parse({"classes": 5, **CONFIGS[name], **changes}, where="test")).eval()
    state: dict[str, Tensor] = dict(network.state_dict())
    if name == "alexnet":
        for ours, theirs in ALEXNET:
            for part in ("weight", "bias"):
                state[f"{theirs}.{part}"] = state.pop(f"{ours}.{part}")
    for key in [key for key in state if key.endswith("running_mean")]:
        state[key.replace("running_mean", "num_batches_tracked")] = torch.tensor(7)
    torch.save(state, path)
    assert isinstance(network, Classifier)
    return network


@pytest.mark.parametrize(("name", "changes"), [*((name, {}) for name in CONFIGS), ("vgg16", {"batch_norm": True})])
def test_the_network_is_the_one_of_the_file(name: str, changes: dict[str, Any], tmp_path: Path) -> None:
    expected = checkpoint(name, tmp_path / "net.pth", **changes)
    made = IMPORT_FORMATS[f"torchvision-{name}"](tmp_path / "net.pth")
    assert made.config.model_dump(exclude={"side"}) == expected.config.model_dump(exclude={"side"})
    picture = torch.rand(2, 3, 96, 96)
    assert torch.equal(made.network(picture), expected(picture))
    assert made.source.license == "BSD-3-Clause"


def test_pictures_are_normalized_inside_as_torchvision_does_outside(tmp_path: Path) -> None:
    checkpoint("alexnet", tmp_path / "net.pth")
    made = IMPORT_FORMATS["torchvision-alexnet"](tmp_path / "net.pth").network
    state = torch.load(tmp_path / "net.pth", weights_only=True)
    picture = torch.rand(1, 3, 96, 96)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (IMAGENET_MEAN, IMAGENET_STD))
    # torchvision's AlexNet, layer by layer.
    maps = (picture - mean) / std
    for index, stride, padding, pooled in (
        (0, 4, 2, True),
        (3, 1, 2, True),
        (6, 1, 1, False),
        (8, 1, 1, False),
        (10, 1, 1, True),
    ):
        weight, bias = state[f"features.{index}.weight"], state[f"features.{index}.bias"]
        maps = nn.functional.relu(nn.functional.conv2d(maps, weight, bias, stride, padding))
        maps = nn.functional.max_pool2d(maps, 3, 2) if pooled else maps
    flat = nn.functional.adaptive_avg_pool2d(maps, 6).flatten(1)
    for index in (1, 4, 6):
        flat = nn.functional.linear(flat, state[f"classifier.{index}.weight"], state[f"classifier.{index}.bias"])
        flat = nn.functional.relu(flat) if index < 6 else flat
    torch.testing.assert_close(made(picture), flat)


@pytest.mark.parametrize("name", CONFIGS)
def test_files_of_other_networks_are_refused(name: str, tmp_path: Path) -> None:
    other = next(one for one in CONFIGS if one != name)
    checkpoint(other, tmp_path / "net.pth")
    with pytest.raises((WeightsError, SpecError)):
        IMPORT_FORMATS[f"torchvision-{name}"](tmp_path / "net.pth")
    checkpoint(name, tmp_path / "net.pth")
    state = torch.load(tmp_path / "net.pth", weights_only=True)
    del state[next(key for key in state if key.endswith("bias"))]
    torch.save(state, tmp_path / "net.pth")
    with pytest.raises(WeightsError, match="lacks"):
        IMPORT_FORMATS[f"torchvision-{name}"](tmp_path / "net.pth")
