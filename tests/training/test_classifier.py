from dataclasses import replace
from pathlib import Path

import pytest
import torch

from data.small_classes import labelled
from intaglio.data.labelled import LabelledPictures
from intaglio.models.catalog import MODELS
from intaglio.objectives.classification import ClassifierTraining, accuracy
from intaglio.storage.pretrained import Pretrained
from intaglio.training.classifier import CLASSIFIERS, ClassifierSpec, batches_of, classifier_spec, side_of, train_classifier
from intaglio.training.objective import Moment
from intaglio.training.run import Conduct, Run
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.errors import InputError, SpecError

SMALL = {"network": {"widths": (4, 4, 4)}, "training": {"steps": 6, "batch_size": 4}}


def described(
    data: LabelledPictures, start: Pretrained | None = None, name: str = "convnet", **changes: object
) -> ClassifierSpec:
    return classifier_spec(name, data, {**SMALL, **changes}, start, "test")


def easy(count: int = 60) -> LabelledPictures:
    """Dark, middle and bright pictures."""
    data = labelled(count, 3, side=32)
    pictures = (data.pictures.float() / 8 + data.labels.view(-1, 1, 1, 1) * 80).byte()
    return LabelledPictures(pictures=pictures, labels=data.labels, classes=data.classes)


def test_a_classifier_learns(tmp_path: Path) -> None:
    data = easy()
    training = {"steps": 60, "batch_size": 20, "learning_rate": 0.01, "optimizer": "adam", "weight_decay": 0.0}
    made = train_classifier(
        described(data, training=training, network={"widths": (8, 8, 8)}), data, tmp_path / "run", Conduct()
    )
    assert accuracy(made.network, data.pictures, data.labels) > 0.9
    assert made.config.model_dump()["classes"] == 3


def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path: Path) -> None:
    data = labelled(12, 3, side=32)
    spec = described(data, shift=2, flip=True)
    whole = train_classifier(spec, data, tmp_path / "whole", Conduct(save_every=2))

    class Stopped(Exception):
        pass

    def stopping(event: object) -> None:
        if getattr(event, "step", 0) == 5:
            raise Stopped

    with pytest.raises(Stopped):
        train_classifier(spec, data, tmp_path / "stopped", Conduct(save_every=2, listener=stopping))
    resumed = train_classifier(spec, data, tmp_path / "stopped", Conduct(save_every=2))
    assert resumed.digest() == whole.digest()


def test_a_network_for_other_classes_is_begun_with_but_for_its_last_layer(tmp_path: Path) -> None:
    data, other = labelled(12, 3, side=32), labelled(12, 5, side=32)
    first = train_classifier(described(data), data, tmp_path / "first", Conduct())
    still = {"steps": 1, "batch_size": 4, "learning_rate": 1e-30, "weight_decay": 0.0}
    made = train_classifier(described(other, first, training=still), other, tmp_path / "second", Conduct(), start=first)
    before, after = first.network.state_dict(), made.network.state_dict()
    for name, weight in after.items():
        if name.startswith("fc"):
            assert len(weight) == 5
        else:
            assert torch.equal(weight, before[name])
    larger = replace(first, config=first.config.model_copy(update={"side": 64}))
    assert (side_of("convnet", {}, larger), side_of("convnet", {"network": {"side": 48}}, larger)) == (64, 48)
    wider = described(other, first, network={"widths": (6, 4, 4)})
    with pytest.raises(InputError, match=r"has no conv1\.weight that fits; start from one of the same kind and widths"):
        train_classifier(wider, other, tmp_path / "third", Conduct(), start=first)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_has_a_schedule_and_a_card(name: str) -> None:
    assert MODELS[name].family == "classifier"
    spec = classifier_spec(name, labelled(), {}, None, "test")
    assert (spec.training.optimizer, spec.training.schedule) == ("sgd", "tenths")
    assert side_of(name, {}) == MODELS[name].config().model_dump()["side"]
    assert {card.name for card in MODELS.values() if card.family == "classifier"} == set(CLASSIFIERS)


def test_rates_fall_to_a_tenth_and_a_hundredth() -> None:
    spec = TrainingSpec(steps=100, learning_rate=1.0, schedule="tenths")
    assert [spec.rate(step) for step in (0, 59, 60, 84, 85, 99)] == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


def test_a_setting_that_there_is_not_is_named() -> None:
    with pytest.raises(SpecError, match=r"field 'training\.momentun': .*did you mean 'momentum'"):
        described(labelled(), training={"momentun": 0.5})
    with pytest.raises(SpecError, match="did you mean 'widths'"):
        side_of("convnet", {"network": {"width": (1, 2, 3)}})


def test_hooks_see_the_optimizer(tmp_path: Path) -> None:
    seen: list[Moment] = []
    data = labelled(12, 3, side=32)
    spec = described(data)
    network = MODELS["convnet"].build(MODELS["convnet"].example)
    Run(tmp_path / "run", spec, Conduct(), total=6).phase(
        "network", ClassifierTraining(network), batches_of(data, shift=0, flip=False), spec.training, [seen.append]
    )
    assert isinstance(seen[-1].optimizer, torch.optim.SGD)
    assert len(seen) == 6
