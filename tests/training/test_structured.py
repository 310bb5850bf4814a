import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from data.small_classes import labelled
from intaglio.models.catalog import MODELS
from intaglio.models.classify.classifier import Classifier
from intaglio.objectives.classification import accuracy
from intaglio.pruning.catalog import STRUCTURED
from intaglio.pruning.groups import GROUPINGS
from intaglio.storage.pretrained import Pretrained
from intaglio.training.classifier_task import classifier_task
from intaglio.training.run import Conduct
from intaglio.training.speedup import uniform_ratios
from intaglio.training.structured import PUSHES, StructuredResult, StructuredSpec, prune_structured, structured_spec
from intaglio.vocabulary.errors import InputError, OptionError, SpecError, UnknownNameError

# Fast enough for a few steps.
RULES: dict[str, dict[str, Any]] = {
    "spp": {},
    "increg": {"largest": 0.05, "ceiling": 0.2},
    "greg-1": {"step": 0.05, "ceiling": 0.2},
    "greg-2": {"step": 0.05, "ceiling": 0.2, "pick": 0.05, "pick_step": 0.05},
    "l1": {},
    "lasso": {},
    "slimming": {},
}
DATA, TEST = labelled(12, 3, side=32), labelled(6, 3, side=32)


def classifier(name: str = "convnet", **changes: Any) -> Pretrained:
    torch.manual_seed(0)
    card = MODELS[name]
    known = {"classes": 3, "side": 32, **changes}
    config = card.example.model_copy(update=known if card.family == "classifier" else {})
    return Pretrained(card=card, config=config, network=card.build(config).eval().requires_grad_(False))


def described(method: str, network: Pretrained, **changes: Any) -> StructuredSpec:
    grouping = changes.get("grouping", STRUCTURED[method].grouping)
    short = {"steps": 160, "batch_size": 4, "learning_rate": 1e-4}
    given = {
        "pruning": short,
        "retraining": {**short, "steps": 3},
        "interval": 1,
        "rule": RULES[method],
        "ratios": uniform_ratios(network, 0.5, GROUPINGS[grouping]),
        **changes,
    }
    return structured_spec(network, classifier_task(network, DATA, TEST), method, given, "test")


def pruned(spec: StructuredSpec, network: Pretrained, folder: Path, **conduct: Any) -> tuple[Pretrained, StructuredResult]:
    return prune_structured(spec, network, classifier_task(network, DATA, TEST), folder, Conduct(**conduct))


@pytest.mark.parametrize("method", STRUCTURED)
def test_every_method_takes_away_what_it_was_told_and_keeps_a_ticket(method: str, tmp_path: Path) -> None:
    network = classifier()
    before = network.digest()
    made, result = pruned(described(method, network), network, tmp_path)
    assert network.digest() == before
    assert set(result.layers) == {"conv1", "conv2", "conv3"}
    assert all(one.gone == -(-one.groups // 2) for one in result.layers.values())
    assert made.ticket is not None
    assert made.ticket.origin.method == method
    weights = dict(made.network.named_parameters())
    for name, kept in made.ticket.mask.items():
        assert not weights[name][~kept].any()
        assert weights[name][kept].all()
    assert 0 < result.finished <= 160
    assert json.loads((tmp_path / "groups.json").read_text()) == result.model_dump(mode="json")


@pytest.mark.parametrize("method", ["spp", "increg", "lasso", "slimming"])
@pytest.mark.parametrize("stop", [7, 161])
def test_a_pruning_that_was_stopped_ends_as_one_that_was_not(method: str, stop: int, tmp_path: Path) -> None:
    network = classifier()
    spec = described(method, network)
    whole, expected = pruned(spec, network, tmp_path / "whole", save_every=5)

    class Stopped(Exception):
        pass

    def stopping(event: Any) -> None:
        if event.done == stop:
            raise Stopped

    with pytest.raises(Stopped):
        pruned(spec, network, tmp_path / "one", save_every=5, listener=stopping)
    made, result = pruned(spec, network, tmp_path / "one", save_every=5)
    assert made.digest() == whole.digest()
    assert result == expected
    assert (tmp_path / "one" / PUSHES).read_bytes() == (tmp_path / "whole" / PUSHES).read_bytes()


def test_the_pushes_of_groups_are_kept_with_what_became_of_them(tmp_path: Path) -> None:
    network = classifier()
    _, result = pruned(described("spp", network), network, tmp_path)
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
    made, result = pruned(spec, network, tmp_path)
    assert (result.finished, made.ticket is not None) == (1, True)
    assert made.ticket is not None
    again = MODELS["convnet"].build(network.config)
    again.load_state_dict({name: one * made.ticket.mask.get(name, torch.tensor(1)) for name, one in cut.items()})
    assert result.pruned == {"accuracy": accuracy(again, TEST.pictures, TEST.labels)}


def test_what_is_still_to_go_when_steps_have_run_out_is_cut_and_told(tmp_path: Path) -> None:
    network = classifier()
    warnings: list[str] = []
    spec = described("spp", network, pruning={"steps": 5, "batch_size": 4})
    made, result = pruned(spec, network, tmp_path / "one", warned=warnings.append)
    fates = result.layers
    assert warnings == [
        f"conv1, conv2, conv3 were not finished after 5 steps, and {sum(one.forced for one in fates.values()):,} groups were "
        "cut that had not been pushed out; give more steps, or a shorter interval"
    ]
    assert all(one.gone == -(-one.groups // 2) for one in fates.values())
    assert all(0 < one.forced <= one.gone for one in fates.values())
    assert result.finished == 5
    # Once more, with nothing left to train: what it was cut to is found again.
    again, same = pruned(spec, network, tmp_path / "one")
    assert (again.digest(), same) == (made.digest(), result)


def test_a_layer_that_nothing_reaches_any_more_is_told(tmp_path: Path) -> None:
    network = classifier()
    with torch.no_grad():
        network.network.get_submodule("conv2").bias.fill_(-1e3)
    warnings: list[str] = []
    pruned(described("l1", network), network, tmp_path, warned=warnings.append)
    (text,) = warnings
    assert text.startswith("nothing reaches conv3, fc: what is read there is zero for every picture")


def test_a_network_with_normalization_is_pruned_too(tmp_path: Path) -> None:
    network = classifier("resnet56")
    spec = described("l1", network, grouping="filters", ratios={"layer1.0.conv1": 0.5})
    _, result = pruned(spec, network, tmp_path)
    assert [(one.groups, one.gone) for one in result.layers.values()] == [(3, 2)]
    spec = described("l1", network, grouping="filters", ratios={"layer1.0.conv2": 0.5})
    with pytest.raises(OptionError, match=r"the filters of layer1\.0\.conv2 cannot go one by one: .*; leave it out"):
        pruned(spec, network, tmp_path / "bound")


def test_what_is_usual_comes_from_the_paper() -> None:
    network = classifier()
    task = classifier_task(network, DATA, TEST)
    ratios = {"ratios": {"conv2": 0.5}}
    masks, penalties = (structured_spec(network, task, method, ratios, "test") for method in ("spp", "increg"))
    assert (masks.interval, masks.grouping, masks.pruning.learning_rate) == (180, "columns", 1e-3)
    assert (penalties.pruning.learning_rate, penalties.pruning.weight_decay) == pytest.approx((5e-5, 0.002))
    assert masks.retraining == penalties.retraining
    assert (masks.retraining.schedule, masks.pruning.schedule) == ("tenths", "constant")
    with pytest.raises(UnknownNameError, match="did you mean spp"):
        structured_spec(network, task, "sppp", ratios, "test")
    with pytest.raises(SpecError, match=r"field 'retraining\.step': .*did you mean 'steps'"):
        structured_spec(network, task, "spp", {**ratios, "retraining": {"step": 1}}, "test")


@pytest.mark.parametrize("name", ["resnet56", "resnet50", "vgg16", "convnet"])
def test_normalizations_are_those_that_read_what_layers_give(name: str) -> None:
    card = MODELS[name]
    network = card.build(card.example).eval()
    assert isinstance(network, Classifier)
    names, given, found = {layer: path for path, layer in network.named_modules()}, {}, {}

    def hook(layer: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        given[id(output)] = (names[layer], output)
        if isinstance(layer, nn.BatchNorm2d):
            found[given[id(inputs[0])][0]] = names[layer]

    for layer in names:
        if isinstance(layer, nn.Conv2d | nn.BatchNorm2d):
            layer.register_forward_hook(hook)
    network(torch.rand(2, 3, 32, 32))
    assert network.normalizations() == found


@pytest.mark.parametrize(
    ("ratios", "reason"),
    [
        ({}, "these ratios take no group from any layer; ask for more"),
        ({"conv2": 0.0}, "these ratios take no group from any layer; ask for more"),
        ({"conv2": 1.0}, "ratio is 1; it has to be at least 0 and less than 1"),
        ({"conv2": -0.5}, r"ratio is -0\.5; it has to be at least 0 and less than 1"),
        ({"conv2": float("nan")}, "ratio is nan; it has to be at least 0 and less than 1"),
        ({"conv2": 0.5, "conv7": 0.5}, "there is no layer 'conv7'; layers are conv1, conv2, conv3, fc"),
    ],
)
def test_ratios_that_do_not_fit_are_told(ratios: dict[str, float], reason: str, tmp_path: Path) -> None:
    network = classifier()
    with pytest.raises(OptionError, match=reason):
        pruned(described("spp", network, ratios=ratios), network, tmp_path)


def test_a_layer_of_one_filter_keeps_it(tmp_path: Path) -> None:
    network = classifier(widths=(4, 1, 6))
    _, result = pruned(described("l1", network, ratios={"conv2": 0.9, "conv3": 0.9}), network, tmp_path)
    assert {name: (one.groups, one.gone) for name, one in result.layers.items()} == {"conv2": (1, 0), "conv3": (6, 5)}


def test_other_classes_than_the_network_knows_are_told() -> None:
    with pytest.raises(InputError, match="noise has 3 classes, and the network knows 4; give the pictures"):
        classifier_task(classifier(classes=4), DATA, TEST)
    with pytest.raises(OptionError, match="adain is no classifier; give contents and styles"):
        classifier_task(classifier("adain"), DATA, TEST)
