import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.pruning.widths.channels import layers_of
from intaglio.pruning.widths.probing import RESULT, probe


class Toy(nn.Module):
    """Layers of which a test says what lies between them."""

    def __init__(self, **layers: nn.Module) -> None:
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)

    def __getattr__(self, name: str) -> nn.Module:
        found = super().__getattr__(name)
        assert isinstance(found, nn.Module)
        return found


class Beside(Toy):
    """Two convolutions side by side, for one reader that takes the second first."""

    def forward(self, picture: Tensor) -> Tensor:
        made: Tensor = self.read(torch.cat([F.relu(self.second(picture)), F.max_pool2d(self.first(picture), 1)], 1))
        return made


class Added(Toy):
    """A sum of two, one of which is padded by empty channels, flattened for a linear layer."""

    def forward(self, picture: Tensor) -> Tensor:
        made: Tensor = self.read((self.wide(picture) + F.pad(self.narrow(picture), (0, 0, 0, 0, 1, 0))).flatten(1))
        return made


class Attention(Toy):
    """Positions attend to each other."""

    def forward(self, picture: Tensor) -> Tensor:
        query, key, value = (layer(picture).flatten(2) for layer in (self.query, self.key, self.value))
        made: Tensor = self.read((value @ F.softmax(query.mT @ key, -1).mT).view(1, -1, *picture.shape[2:]))
        return made


def found(network: nn.Module) -> tuple[dict[tuple[str, str], list[int]], frozenset[str]]:
    network = network.double().eval()
    picture = torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    result = probe(network, lambda network: network(picture))
    return {(one.of, one.by): one.channels.tolist() for one in result.readings}, result.mixed


def test_channels_set_side_by_side_keep_their_places() -> None:
    readings, mixed = found(Beside(first=nn.Conv2d(3, 2, 3), second=nn.Conv2d(3, 3, 3), read=nn.Conv2d(5, 2, 1)))
    assert readings == {
        ("first", "read"): [-1, -1, -1, 0, 1],
        ("second", "read"): [0, 1, 2, -1, -1],
        ("read", RESULT): [0, 1],
    }
    assert not mixed


def test_sums_and_flattened_channels() -> None:
    readings, mixed = found(Added(wide=nn.Conv2d(3, 3, 3), narrow=nn.Conv2d(3, 2, 3), read=nn.Linear(12, 2)))
    assert readings["wide", "read"] == [channel for channel in range(3) for _ in range(4)]
    assert readings["narrow", "read"] == [-1] * 4 + [0] * 4 + [1] * 4
    assert not mixed


def test_what_attends_is_mixed_and_what_is_passed_on_is_not() -> None:
    layers = {name: nn.Conv2d(3, 2, 1) for name in ("query", "key", "value")}
    readings, mixed = found(Attention(**layers, read=nn.Conv2d(2, 3, 1)))
    assert mixed == {"query", "key"}
    assert readings["value", "read"] == [0, 1]
    assert ("query", "read") not in readings


def test_a_normalization_across_channels_mixes_them() -> None:
    _, mixed = found(nn.Sequential(nn.Conv2d(3, 6, 1), nn.LocalResponseNorm(3), nn.Conv2d(6, 2, 1)))
    assert mixed == {"0"}


def test_a_normalization_of_each_channel_does_not() -> None:
    readings, mixed = found(nn.Sequential(nn.Conv2d(3, 4, 1), nn.InstanceNorm2d(4), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 1)))
    assert not mixed
    assert readings == {("0", "2"): [0, 1, 2, 3], ("2", "3"): [0, 1, 2, 3], ("3", RESULT): [0, 1]}


def test_a_layer_of_one_channel_is_found() -> None:
    readings, _ = found(nn.Sequential(nn.Conv2d(3, 1, 1), nn.ReLU(inplace=True), nn.ConvTranspose2d(1, 2, 2, 2)))
    assert readings["0", "2"] == [0]


def test_a_network_is_as_it_was_after_it() -> None:
    network = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU(), nn.Conv2d(2, 2, 1)).double()
    picture = torch.rand(1, 3, 4, 4, dtype=torch.float64)
    before = network(picture)
    found(network)
    assert torch.equal(network(picture), before)
    assert not any("forward" in vars(layer) for layer in layers_of(network).values())

    def fails(network: nn.Module) -> Tensor:
        network(picture)
        raise ValueError("on the way")

    with pytest.raises(ValueError, match="on the way"):
        probe(network, fails)
    assert torch.equal(network(picture), before)
