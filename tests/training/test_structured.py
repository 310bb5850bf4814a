import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from data.small_classes import labelled
from intaglio.models.catalog import MODELS
from intaglio.objectives.classification import accuracy
from intaglio.pruning.catalog import STRUCTURED
from intaglio.storage.pretrained import Pretrained
from intaglio.training.run import Conduct
from intaglio.training.speedup import convolution_costs, ratios_for_speedup, uniform_ratios
from intaglio.training.structured import PUSHES, StructuredSpec, prune_structured, structured_spec
from intaglio.vocabulary.errors import OptionError, SpecError, TrainingError, UnknownNameError

# Fast enough for a few steps.
RULES: dict[str, dict[str, Any]] = {
    "spp": {},
    "increg": {"largest": 0.05, "ceiling": 0.2},
    "greg-1": {"step": 0.05, "ceiling": 0.2},
    "greg-2": {"step": 0.05, "ceiling": 0.2, "pick": 0.05, "pick_step": 0.05},
    "l1": {},
}
DATA, TEST = labelled(12, 3, side=32), labelled(6, 3, side=32)


def classifier(name: str = "convnet", **changes: Any) -> Pretrained:
    torch.manual_seed(0)
    card = MODELS[name]
    config = card.example.model_copy(update={"classes": 3, "side": 32, **changes})
    return Pretrained(card=card, config=config, network=card.build(config).eval().requires_grad_(False))


def described(method: str, network: Pretrained, **changes: Any) -> StructuredSpec:
    short = {"steps": 160, "batch_size": 4, "learning_rate": 1e-4}
    given = {
        "pruning": short,
        "retraining": {**short, "steps": 3},
        "interval": 1,
        "rule": RULES[method],
        "ratios": uniform_ratios(network.network, 0.5),
        **changes,
    }
    return structured_spec(network, DATA, method, given, "test")


@pytest.mark.parametrize("method", STRUCTURED)
def test_every_method_takes_away_what_it_was_told_and_keeps_a_ticket(method: str, tmp_path: Path) -> None:
    network = classifier()
    before = network.digest()
    made, result = prune_structured(described(method, network), network, DATA, TEST, tmp_path, Conduct())
    assert network.digest() == before
    assert set(result.layers) == {"conv2", "conv3"}
    assert all(one.gone == -(-one.groups // 2) for one in result.layers.values())
    assert made.ticket is not None
    assert made.ticket.origin.method == method
    weights = dict(made.network.named_parameters())
    for name, kept in made.ticket.mask.items():
        assert not weights[name][~kept].any()
        assert weights[name][kept].all()
    assert 0 < result.finished <= 160
    assert json.loads((tmp_path / "groups.json").read_text()) == result.model_dump(mode="json")


@pytest.mark.parametrize("method", ["spp", "increg"])
@pytest.mark.parametrize("stop", [7, 161])
def test_a_pruning_that_was_stopped_ends_as_one_that_was_not(method: str, stop: int, tmp_path: Path) -> None:
    network = classifier()
    spec = described(method, network)
    whole, expected = prune_structured(spec, network, DATA, TEST, tmp_path / "whole", Conduct(save_every=5))

    class Stopped(Exception):
        pass

    def stopping(event: Any) -> None:
        if event.done == stop:
            raise Stopped

    with pytest.raises(Stopped):
        prune_structured(spec, network, DATA, TEST, tmp_path / "one", Conduct(save_every=5, listener=stopping))
    made, result = prune_structured(spec, network, DATA, TEST, tmp_path / "one", Conduct(save_every=5))
    assert made.digest() == whole.digest()
    assert result == expected
    assert (tmp_path / "one" / PUSHES).read_bytes() == (tmp_path / "whole" / PUSHES).read_bytes()


def test_the_pushes_of_groups_are_kept_with_what_became_of_them(tmp_path: Path) -> None:
    network = classifier()
    _, result = prune_structured(described("spp", network), network, DATA, TEST, tmp_path, Conduct())
    found = load_file(tmp_path / PUSHES)
    assert found["steps"].tolist() == list(range(1, 161))
    for name, fates in result.layers.items():
        pushes, gone = found[f"{name}.pushes"], found[f"{name}.gone"]
        assert pushes.shape == (160, fates.groups)
        assert int(gone.sum()) == fates.gone
        assert int(found[f"{name}.recovered"].sum()) == fates.recovered
        assert bool((pushes[-1][gone] == 1).all())
        assert float(pushes[-1][~gone].max()) == pytest.approx(fates.pushed)
        assert not pushes[0][pushes[0] > 0.05].any()


def test_the_accuracy_of_the_pruned_is_that_of_the_step_when_the_last_group_went(tmp_path: Path) -> None:
    network = classifier()
    cut = network.network.state_dict()
    spec = described("l1", network, pruning={"steps": 40, "batch_size": 4, "learning_rate": 1e-30})
    made, result = prune_structured(spec, network, DATA, TEST, tmp_path, Conduct())
    assert (result.finished, made.ticket is not None) == (1, True)
    assert made.ticket is not None
    again = MODELS["convnet"].build(network.config)
    again.load_state_dict({name: one * made.ticket.mask.get(name, torch.tensor(1)) for name, one in cut.items()})
    assert result.pruned == accuracy(again, TEST.pictures, TEST.labels)


def test_too_few_steps_are_told_with_the_layers_that_need_more(tmp_path: Path) -> None:
    network = classifier()
    spec = described("spp", network, pruning={"steps": 5, "batch_size": 4})
    with pytest.raises(TrainingError, match="conv2, conv3 are not finished after 5 steps; give more, or a shorter interval"):
        prune_structured(spec, network, DATA, TEST, tmp_path, Conduct())


def test_a_network_with_normalization_is_pruned_too(tmp_path: Path) -> None:
    network = classifier("resnet56")
    spec = described("l1", network, grouping="filters", ratios={"layer1.0.conv1": 0.5})
    _, result = prune_structured(spec, network, DATA, TEST, tmp_path, Conduct())
    assert [(one.groups, one.gone) for one in result.layers.values()] == [(3, 2)]


def test_what_is_usual_comes_from_the_paper() -> None:
    network = classifier()
    ratios = {"ratios": {"conv2": 0.5}}
    masks, penalties = (structured_spec(network, DATA, method, ratios, "test") for method in ("spp", "increg"))
    assert (masks.interval, masks.grouping, masks.pruning.learning_rate) == (180, "columns", 1e-3)
    assert (penalties.pruning.learning_rate, penalties.pruning.weight_decay) == pytest.approx((5e-5, 0.002))
    assert masks.retraining == penalties.retraining
    assert (masks.retraining.schedule, masks.pruning.schedule) == ("tenths", "constant")
    with pytest.raises(UnknownNameError, match="did you mean spp"):
        structured_spec(network, DATA, "sppp", ratios, "test")
    with pytest.raises(SpecError, match=r"field 'retraining\.step': .*did you mean 'steps'"):
        structured_spec(network, DATA, "spp", {**ratios, "retraining": {"step": 1}}, "test")


@pytest.mark.parametrize("name", ["convnet", "vgg16", "resnet50", "alexnet"])
@pytest.mark.parametrize("speedup", [1.0, 2.0, 4.0])
def test_ratios_give_the_speedup(name: str, speedup: float) -> None:
    with torch.device("meta"):
        network = MODELS[name].build(MODELS[name].config())
    costs = convolution_costs(network)
    ratios = ratios_for_speedup(network, speedup)
    assert list(ratios) == list(costs)[1:]
    assert len(set(ratios.values())) == 1
    left = sum(cost * (1 - ratios.get(layer, 0.0)) for layer, cost in costs.items())
    assert sum(costs.values()) / left == pytest.approx(speedup)


def test_a_speedup_that_cannot_be_reached_is_told() -> None:
    card = MODELS["convnet"]
    network = card.build(card.config())
    # The first convolution does a fifth of the work, and stays.
    with pytest.raises(OptionError, match="a speedup of 6 times is more than there is to gain, less than 5 times"):
        ratios_for_speedup(network, 6)
    with pytest.raises(OptionError, match=r"speedup is 0\.5; it has to be at least 1"):
        ratios_for_speedup(network, 0.5)
