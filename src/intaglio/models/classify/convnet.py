"""ConvNet: the network of Caffe's CIFAR-10 example (`cifar10_full`), on which SPP and IncReg are shown first.

Three convolutions of 5 x 5, with pooling and local response normalization between them, and one linear layer: 89,578 weights
and biases, 12.3 million multiply-accumulates.

Departures:
- The mean of each channel is subtracted, not a mean picture.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.card import ModelCard
from intaglio.models.classify.classifier import CIFAR_MEAN, Classifier, ClassifierConfig
from intaglio.vocabulary.spec import Spec

_WINDOW, _ALPHA, _BETA = 3, 5e-5, 0.75
# Standard deviations of Caffe's fresh weights; they go with values up to 255.
_INIT = {"conv1": 1e-4, "conv2": 0.01, "conv3": 0.01, "fc": 0.01}
_SIDE = 32


class ConvNetConfig(ClassifierConfig):
    """Configuration of a ConvNet."""

    classes: int = 10
    """How many there are."""
    mean: tuple[float, float, float] = CIFAR_MEAN
    """Of the pictures' channels, which is subtracted."""
    std: tuple[float, float, float] = (1 / 255, 1 / 255, 1 / 255)
    """What they are divided by then: values up to 255, as Caffe has them."""
    side: int = _SIDE
    """Of the pictures that it is made for, pixels."""
    widths: tuple[int, int, int] = (32, 32, 64)
    """Filters of each convolution."""


class ConvNet(Classifier):
    """Pictures of 32 x 32; larger ones are no error in the convolutions, but in the linear layer."""

    def __init__(self, config: ConvNetConfig) -> None:
        super().__init__(config)
        first, second, third = config.widths
        self.conv1 = nn.Conv2d(3, first, 5, padding=2)
        self.conv2 = nn.Conv2d(first, second, 5, padding=2)
        self.conv3 = nn.Conv2d(second, third, 5, padding=2)
        side = _SIDE // 8
        self.fc = nn.Linear(third * side * side, config.classes)
        for name, std in _INIT.items():
            layer = self.get_submodule(name)
            assert isinstance(layer, nn.Conv2d | nn.Linear)
            nn.init.normal_(layer.weight, std=std)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)

    def scores(self, pictures: Tensor) -> Tensor:
        """Scores."""
        maps = F.relu(F.max_pool2d(self.conv1(pictures), 3, 2, ceil_mode=True))
        maps = _pooled(F.relu(self.conv2(_normalized(maps))))
        maps = _pooled(F.relu(self.conv3(_normalized(maps))))
        return cast(Tensor, self.fc(maps.flatten(1)))


def _pooled(maps: Tensor) -> Tensor:
    """Means of 3 x 3, every other one; Caffe divides at the border by what is inside."""
    return F.avg_pool2d(maps, 3, 2, ceil_mode=True)


def _normalized(maps: Tensor) -> Tensor:
    """Local response normalization within each channel, so that channels can be removed."""
    squares = F.avg_pool2d(maps.square(), _WINDOW, 1, padding=_WINDOW // 2)
    return maps / torch.pow(1 + _ALPHA * squares, _BETA)


def build(config: Spec) -> nn.Module:
    """A ConvNet with fresh weights."""
    return ConvNet(cast(ConvNetConfig, config))


CARD = ModelCard(
    name="convnet",
    title="ConvNet: three convolutions for pictures of 32 x 32",
    paper="Krizhevsky, cuda-convnet, 2012; Jia et al., Caffe: Convolutional Architecture for Fast Feature Embedding, 2014",
    family="classifier",
    config=ConvNetConfig,
    build=build,
    example=ConvNetConfig(widths=(4, 6, 8)),
    size_multiple=_SIDE,
    smallest_side=_SIDE,
    narrowed=lambda config, outputs: config.model_copy(
        update={"widths": tuple(outputs[f"conv{number}"] for number in (1, 2, 3))}
    ),
    parts={"convolutions": "conv*", "head": "*"},
    free=("conv*",),
    streaming="none: it takes small pictures whole",
)
