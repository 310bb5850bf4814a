"""Training classifiers, from fresh weights or from those of a network that knew other classes.

Departures:
- The papers' schedules in iterations are given as shares of the steps: a tenth of the rate after three fifths of them, a
  hundredth after seventeen twentieths.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import nn

from intaglio.data.batches import BatchSource
from intaglio.data.labelled import LabelledBatches, LabelledPictures
from intaglio.models.catalog import MODELS
from intaglio.models.classify.classifier import Classifier, ClassifierConfig
from intaglio.objectives.classification import ClassifierTraining
from intaglio.storage.pretrained import Pretrained
from intaglio.training.assembly import seeded
from intaglio.training.run import Conduct, Feed, Run
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.catalog import Catalog
from intaglio.vocabulary.errors import InputError
from intaglio.vocabulary.spec import Spec


class ClassifierSpec(Spec):
    """All that decides what a training gives."""

    model: str
    """Name in the catalog of models."""
    network: dict[str, Any] = Field(default_factory=dict)
    """Settings of the network; the number of classes comes from the data."""
    data: str
    """Digest of the pictures."""
    start: str = ""
    """Digest of the network whose weights are begun with, all that fit; empty for fresh ones."""
    shift: int = Field(default=0, ge=0)
    """Pictures are moved by up to so many pixels."""
    flip: bool = False
    """Mirror every other picture."""
    training: TrainingSpec
    """How long and how fast."""


_SGD: Mapping[str, Any] = {"optimizer": "sgd", "schedule": "tenths", "momentum": 0.9}
_USUAL: Mapping[str, Mapping[str, Any]] = {
    "convnet": {"training": {**_SGD, "steps": 70_000, "batch_size": 100, "learning_rate": 1e-3, "weight_decay": 0.004}},
    "alexnet": {
        "training": {**_SGD, "steps": 450_000, "batch_size": 256, "learning_rate": 0.01, "weight_decay": 5e-4},
        "flip": True,
    },
    "vgg16": {
        "training": {**_SGD, "steps": 370_000, "batch_size": 256, "learning_rate": 0.01, "weight_decay": 5e-4},
        "flip": True,
    },
    "resnet50": {
        "training": {**_SGD, "steps": 600_000, "batch_size": 256, "learning_rate": 0.1, "weight_decay": 1e-4},
        "flip": True,
    },
    "resnet56": {
        "training": {**_SGD, "steps": 64_000, "batch_size": 128, "learning_rate": 0.1, "weight_decay": 1e-4},
        "shift": 4,
        "flip": True,
    },
}
CLASSIFIERS: Catalog[Mapping[str, Any]] = Catalog("classifier", list(_USUAL.items()))
"""What their papers have, or the codes of those: settings of `ClassifierSpec`, by the name of the model."""


def classifier_spec(
    name: str, data: LabelledPictures, settings: Mapping[str, Any], start: Pretrained | None, where: str
) -> ClassifierSpec:
    """The description of a training: settings, and the paper's for the rest.

    Raises:
        UnknownNameError: no classifier of that name.
        SpecError: a setting that there is not, or a value that does not fit.

    """
    usual = CLASSIFIERS[name]
    training = settings.get("training", {})
    if isinstance(training, Mapping):
        training = {**usual["training"], **training}
    named = {"model": name, "data": data.digest(), "start": start.digest() if start else ""}
    return ClassifierSpec.parse({**usual, **settings, "training": training, **named}, where=where)


def train_classifier(
    spec: ClassifierSpec, data: LabelledPictures, folder: Path, conduct: Conduct, *, start: Pretrained | None = None
) -> Pretrained:
    """Train a classifier.

    Args:
        spec: what to do.
        data: to learn from; of the size that the network takes.
        folder: of the run; it goes on from what it finds there.
        conduct: how it is carried out.
        start: the network that `spec.start` names. Its last layer is left out where it knows other classes.

    Raises:
        InputError: pictures of a single class, or a start of another kind or of other widths.
        SpecError: settings that the network does not have.
        JournalError: the folder holds another run.
        TrainingError: a loss that is not finite.

    """
    if len(data.classes) < 2:
        raise InputError(f"{data.where} has a single class, and a classifier tells at least two apart; add another one")
    card = MODELS[spec.model]
    given = start.config.model_dump() if start and start.card is card else {}
    config = card.config.parse({**given, **spec.network, "classes": len(data.classes)}, where="network")
    with seeded(spec.training.seed, "classifier"):
        network = card.build(config)
    assert isinstance(network, Classifier)
    if start is not None:
        _take_over_(network, start)
    Run(folder, spec, conduct, total=spec.training.steps).phase(
        "network", ClassifierTraining(network), batches_of(data, shift=spec.shift, flip=spec.flip), spec.training
    )
    return Pretrained(card=card, config=config, network=network.eval().requires_grad_(False))


def batches_of(data: LabelledPictures, *, shift: int, flip: bool) -> Feed:
    """What makes the batches of a phase."""

    def feed(training: TrainingSpec, start: int, share: tuple[int, int]) -> BatchSource:
        return LabelledBatches(data, training.batch_size, training.seed, start=start, share=share, shift=shift, flip=flip)

    return feed


def side_of(name: str, settings: Mapping[str, Any], start: Pretrained | None = None) -> int:
    """The side of the pictures that a network takes, pixels; that of `start` where the settings do not say."""
    card = MODELS[name]
    given = start.config.model_dump() if start and start.card is card else {}
    config = card.config.parse({**given, **settings.get("network", {})}, where="network")
    assert isinstance(config, ClassifierConfig)
    return config.side


def _take_over_(network: Classifier, start: Pretrained) -> None:
    """The start's weights; a last layer for other classes stays fresh."""
    ours, theirs = network.state_dict(), start.network.state_dict()
    last = [name for name, layer in network.named_modules() if isinstance(layer, nn.Linear)][-1]
    fitting = {name: one for name, one in theirs.items() if name in ours and one.shape == ours[name].shape}
    missing = [name for name in ours if name not in fitting and not name.startswith(f"{last}.")]
    if missing:
        raise InputError(
            f"{start.card.name} {start.digest()} has no {missing[0]} that fits; start from one of the same kind and widths"
        )
    with torch.no_grad():
        network.load_state_dict({**ours, **fitting})
