"""What a classifier learns while it is pruned: the classes of pictures."""

from pydantic import Field
from torch import nn

from intaglio.data.labelled import LabelledPictures
from intaglio.models.classify.classifier import Classifier
from intaglio.objectives.classification import ClassifierTraining, accuracy
from intaglio.storage.pretrained import Pretrained
from intaglio.training.classifier import CLASSIFIERS, batches_of
from intaglio.training.structured import StructuredSpec
from intaglio.training.task import Task
from intaglio.vocabulary.errors import InputError, OptionError

# Pictures of each class by which layers are measured.
_FEW = 50


class ClassifierPruning(StructuredSpec):
    """All that decides what the pruning of a classifier gives."""

    shift: int = Field(default=0, ge=0)
    """Pictures are moved by up to so many pixels."""
    flip: bool = False
    """Mirror every other picture."""


def classifier_task(network: Pretrained, data: LabelledPictures, test: LabelledPictures) -> Task:
    """Cross entropy, and the share of the pictures that are told right.

    Args:
        network: a classifier.
        data: to learn from.
        test: to be judged on.

    Raises:
        OptionError: it is no classifier.
        InputError: it does not know these classes.

    """
    made = network.network
    if not isinstance(made, Classifier):
        raise OptionError(f"{network.card.name} is no classifier; give contents and styles to a style network")
    for pictures in (data, test):
        if len(pictures.classes) != made.config.classes:
            raise InputError(
                f"{pictures.where} has {len(pictures.classes)} classes, and the network knows {made.config.classes}; "
                "give the pictures that it was trained on"
            )
    paper, few = CLASSIFIERS[network.card.name], data.first(_FEW)

    def objective(network: nn.Module, spec: ClassifierPruning) -> ClassifierTraining:
        assert isinstance(network, Classifier)
        return ClassifierTraining(network.requires_grad_(True))

    return Task(
        spec=ClassifierPruning,
        data=data.digest(),
        usual={key: paper[key] for key in ("shift", "flip") if key in paper},
        training=paper["training"],
        objective=objective,
        feed=lambda spec: batches_of(data, shift=spec.shift, flip=spec.flip),
        judged=lambda network, _: {"accuracy": accuracy(network, test.pictures, test.labels)},
        error=lambda network, _: 1 - accuracy(network, few.pictures, few.labels),
        normalizations=made.normalizations(),
    )
