from pathlib import Path
from typing import Any

import pytest

from data.training_pictures import filled
from intaglio.data.folder import PictureFolder
from intaglio.models.card import ModelCard
from intaglio.pruning.catalog import STRUCTURED
from intaglio.pruning.groups import GROUPINGS
from intaglio.storage.pretrained import Pretrained
from intaglio.training.run import Conduct
from intaglio.training.speedup import ratios_for_speedup
from intaglio.training.structured import prune_structured, structured_spec
from intaglio.training.style_task import style_task
from intaglio.training.task import Task
from intaglio.vocabulary.errors import InputError, OptionError
from style_networks import FINISHED, STYLE_CARDS, pretrained

RULES: dict[str, dict[str, Any]] = {"increg": {"largest": 40.0, "ceiling": 100.0}, "greg-1": {"step": 40.0, "ceiling": 100.0}}


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, PictureFolder]:
    return {name: PictureFolder.scan([filled(tmp_path / name, 3)]) for name in ("content", "style")}


def settings(network: Pretrained, method: str, **more: Any) -> dict[str, Any]:
    short = {"steps": 60, "batch_size": 1}
    grouping = GROUPINGS[STRUCTURED[method].grouping]
    crop = {"size": 32, "to": 34, "resize": "shorter"}
    given = {"pruning": short, "retraining": {**short, "steps": 2}, "interval": 1, "crop": crop, "rule": RULES.get(method, {})}
    return {**given, "ratios": ratios_for_speedup(network, 1.5, grouping), **more}


@pytest.mark.parametrize(
    ("card", "method"),
    [
        (STYLE_CARDS["adain"], "greg-1"),
        (STYLE_CARDS["adain"], "increg"),
        (FINISHED, "l1"),
        (STYLE_CARDS["sanet"], "l1"),
        (STYLE_CARDS["lst"], "lasso"),
    ],
    ids=["adain-greg-1", "adain-increg", "finished-l1", "sanet-l1", "lst-lasso"],
)
def test_a_style_network_is_pruned_with_its_own_losses(
    card: ModelCard, method: str, pictures: dict[str, PictureFolder], tmp_path: Path
) -> None:
    network = pretrained(card)
    task = style_task(network, network, pictures)
    spec = structured_spec(network, task, method, settings(network, method), "test")
    made, result = prune_structured(spec, network, task, tmp_path / "run", Conduct())
    assert set(result.before) == set(result.pruned) == set(result.retrained) == {"error", "content", "style"}
    assert result.before["error"] == pytest.approx(result.before["content"] + result.before["style"])
    assert all(fate.gone for layer, fate in result.layers.items() if spec.ratios[layer])
    assert made.ticket is not None
    weights = dict(made.network.named_parameters())
    for tensor, kept in made.ticket.mask.items():
        assert not weights[tensor][~kept].any()
    assert any(tensor.endswith("bias") for tensor in made.ticket.mask) == GROUPINGS[spec.grouping].outputs
    again, same = prune_structured(spec, network, task, tmp_path / "run", Conduct())
    assert again.digest() == made.digest()
    assert same == result


def test_what_is_measured_is_the_loss_of_the_same_crops(pictures: dict[str, PictureFolder]) -> None:
    network = pretrained(STYLE_CARDS["adain"])
    task: Task = style_task(network, network, pictures)
    spec = structured_spec(network, task, "increg", settings(network, "increg"), "test")
    one = task.error(network.network, spec)
    assert one == task.error(network.network, spec) > 0
    assert spec.model_dump()["loss_network"] == network.digest()
    assert (spec.pruning.optimizer, spec.pruning.schedule) == ("adam", "constant")


def test_what_cannot_be_pruned_is_told(pictures: dict[str, PictureFolder], tmp_path: Path) -> None:
    network = pretrained(STYLE_CARDS["adain"])
    task = style_task(network, network, pictures)
    color = "stages.0.encoder.layers.conv0"
    spec = structured_spec(network, task, "increg", settings(network, "increg", ratios={color: 0.5}), "test")
    with pytest.raises(OptionError, match=r"stages\.0\.encoder\.layers\.conv0 does not learn"):
        prune_structured(spec, network, task, tmp_path / "run", Conduct())
    cascade = pretrained(STYLE_CARDS["wct"])
    staged = style_task(cascade, cascade, {"picture": pictures["content"]})
    spec = structured_spec(cascade, staged, "increg", settings(cascade, "increg"), "test")
    with pytest.raises(InputError, match="wct is trained stage by stage, not as one piece; choose another network"):
        prune_structured(spec, cascade, staged, tmp_path / "stages", Conduct())
