"""AlexNet, as Caffe's reference model has it: five convolutions, three of them in two groups, and three linear layers.

Krizhevsky, Sutskever & Hinton, ImageNet Classification with Deep Convolutional Neural Networks, NIPS 2012. With the default
configuration 60.97 million weights and biases, 724 million multiply-accumulates at 227 x 227. `groups = 1`, `padding = 2`
and no normalization, with widths of 64, 192, 384, 256, 256, give the network of torchvision.

Departures:
- Maps are averaged to 6 x 6 before the linear layers, so that any size from 67 x 67 on is taken; at 227 nothing changes.
"""

from typing import Literal, cast

from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.card import ModelCard
from intaglio.models.classify.classifier import Classifier, ClassifierConfig
from intaglio.vocabulary.spec import Spec

_SIDE = 6
_DROPOUT = 0.5


class AlexNetConfig(ClassifierConfig):
    """Configuration of an AlexNet."""

    side: int = 227
    """Of the pictures that it is made for, pixels."""
    widths: tuple[int, int, int, int, int] = (96, 256, 384, 384, 256)
    """Filters of each convolution."""
    hidden: tuple[int, int] = (4096, 4096)
    """Outputs of the first two linear layers."""
    groups: Literal[1, 2] = 2
    """Of the second, fourth and fifth convolution."""
    padding: Literal[0, 2] = 0
    """Of the first convolution, pixels."""
    normalized: bool = True
    """Normalize responses across channels behind the first two poolings."""


class AlexNet(Classifier):
    """Pictures of 227 x 227, or any size from 67 x 67 on."""

    def __init__(self, config: AlexNetConfig) -> None:
        super().__init__(config)
        first, second, third, fourth, fifth = config.widths
        groups = config.groups
        self.conv1 = nn.Conv2d(3, first, 11, 4, padding=config.padding)
        self.conv2 = nn.Conv2d(first, second, 5, padding=2, groups=groups)
        self.conv3 = nn.Conv2d(second, third, 3, padding=1)
        self.conv4 = nn.Conv2d(third, fourth, 3, padding=1, groups=groups)
        self.conv5 = nn.Conv2d(fourth, fifth, 3, padding=1, groups=groups)
        self.normalize = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75) if config.normalized else nn.Identity()
        self.fc6 = nn.Linear(fifth * _SIDE * _SIDE, config.hidden[0])
        self.fc7 = nn.Linear(*config.hidden)
        self.fc8 = nn.Linear(config.hidden[1], config.classes)

    def scores(self, pictures: Tensor) -> Tensor:
        """Scores."""
        maps = self.normalize(F.max_pool2d(F.relu(self.conv1(pictures)), 3, 2))
        maps = self.normalize(F.max_pool2d(F.relu(self.conv2(maps)), 3, 2))
        maps = F.relu(self.conv5(F.relu(self.conv4(F.relu(self.conv3(maps))))))
        flat = F.adaptive_avg_pool2d(F.max_pool2d(maps, 3, 2), _SIDE).flatten(1)
        for layer in (self.fc6, self.fc7):
            flat = F.dropout(F.relu(layer(flat)), _DROPOUT, self.training)
        return cast(Tensor, self.fc8(flat))


def build(config: Spec) -> nn.Module:
    """An AlexNet with fresh weights."""
    return AlexNet(cast(AlexNetConfig, config))


CARD = ModelCard(
    name="alexnet",
    title="AlexNet, as Caffe's reference model or torchvision's",
    paper="Krizhevsky, Sutskever & Hinton, ImageNet Classification with Deep Convolutional Neural Networks, NIPS 2012",
    family="classifier",
    config=AlexNetConfig,
    build=build,
    example=AlexNetConfig(classes=5, side=67, widths=(4, 6, 8, 6, 4), hidden=(8, 6)),
    size_multiple=1,
    smallest_side=67,
    narrowed=lambda config, outputs: config.model_copy(
        update={
            "widths": tuple(outputs[f"conv{number}"] for number in (1, 2, 3, 4, 5)),
            "hidden": (outputs["fc6"], outputs["fc7"]),
        }
    ),
    parts={"convolutions": "conv*", "head": "*"},
    fixed=("conv1",),
    # Not those behind which responses are normalized across channels.
    free=("conv3", "conv4", "conv5"),
    streaming="none: it takes small pictures whole",
)
