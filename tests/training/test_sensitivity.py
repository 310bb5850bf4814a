import pytest
import torch
from torch import nn

from intaglio.models.catalog import MODELS
from intaglio.pruning.groups import GROUPINGS
from intaglio.storage.pretrained import Pretrained
from intaglio.training.sensitivity import profile_of, sensitivity
from intaglio.training.speedup import ratios_for_speedup, speedup_of

FILTERS = GROUPINGS["filters"]


class Planted(nn.Module):
    """Four filters, of which the two smallest matter in the first layer, and none in the second."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.behind = nn.Conv2d(1, 4, 1), nn.BatchNorm2d(4)
        self.second = nn.Conv2d(1, 4, 1)
        with torch.no_grad():
            self.first.weight.copy_(torch.tensor([0.1, 3.0, 0.2, 4.0]).view(4, 1, 1, 1))


def error(network: nn.Module) -> float:
    assert isinstance(network, Planted)
    weights = network.first.weight.detach().flatten()
    left = weights * network.behind.weight.detach()
    return float((left[[0, 2]] == 0).sum())


def test_errors_are_those_of_the_smallest_groups_gone_and_the_network_stays() -> None:
    network = Planted()
    before = {name: one.clone() for name, one in network.state_dict().items()}
    found = sensitivity(network, ["first", "second"], FILTERS, error, {"first": "behind"})
    # 2, 3 and 3 of four are gone: of the first layer those that matter.
    assert found == {"first": (0, 2, 2, 2), "second": (0, 0, 0, 0)}
    assert all(torch.equal(one, before[name]) for name, one in network.state_dict().items())


def test_layers_that_suffer_more_lose_less() -> None:
    profile = profile_of({"tough": (0.1, 0.1, 0.1, 0.3), "weak": (0.1, 0.2, 0.5, 0.9), "better": (0.1, 0.05, 0.0, 0.1)})
    assert set(profile(0.0).values()) == {0}
    before = profile(0.0)
    for share in (0.1, 0.3, 0.7, 1.0):
        now = profile(share)
        assert now["better"] >= now["tough"] >= now["weak"]
        assert all(now[name] >= before[name] for name in now)
        before = now
    assert before == pytest.approx({"tough": 0.9, "weak": 0.9, "better": 0.9})
    # Damage of 0.4 is that of six tenths of the weak layer, but for what every layer is counted to do.
    assert profile(0.5)["weak"] == pytest.approx(0.6, abs=0.01)


def test_where_nothing_suffers_all_lose_the_same() -> None:
    found = profile_of({"one": (0.1, 0.1, 0.1, 0.1), "other": (0.2, 0.2, 0.2, 0.1)})(0.5)
    assert found == pytest.approx({"one": 0.45, "other": 0.45})


def test_a_speedup_is_met_by_what_the_profile_says() -> None:
    card = MODELS["convnet"]
    network = Pretrained(card=card, config=card.config(), network=card.build(card.config()))
    profile = profile_of({"conv1": (0, 0.5, 0.6, 0.7), "conv2": (0, 0.5, 0.6, 0.7), "conv3": (0, 0.01, 0.02, 0.5)})
    ratios = ratios_for_speedup(network, 2, FILTERS, profile)
    assert 2 <= speedup_of(network, ratios, FILTERS) < 2.2
    assert ratios["conv3"] > ratios["conv2"]
