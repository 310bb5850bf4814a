"""VGG-16: thirteen convolutions of 3 x 3 in five blocks, and a head for ImageNet or for small pictures.

Simonyan & Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015. The head for ImageNet has
three linear layers (138.36 million weights and biases in all); without `hidden` one linear layer follows the mean of the
maps, as is usual for CIFAR. Names of weights are those of torchvision.

Departures:
- Batch normalization (`batch_norm`) is not the paper's; networks for CIFAR have it.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import cast

from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.card import ModelCard
from intaglio.models.classify.classifier import Classifier, ClassifierConfig
from intaglio.models.normalization import BatchNorm
from intaglio.vocabulary.spec import Spec

_BLOCKS = (2, 2, 3, 3, 3)
_WIDTHS = (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
_SIDE = 7


class VGG16Config(ClassifierConfig):
    """Configuration of a VGG-16."""

    widths: tuple[int, int, int, int, int, int, int, int, int, int, int, int, int] = _WIDTHS
    """Filters of each convolution."""
    hidden: tuple[int, ...] = (4096, 4096)
    """Outputs of linear layers before the last one; none for small pictures."""
    batch_norm: bool = False
    """Normalize behind every convolution."""


class VGG16(Classifier):
    """Pictures of 224 x 224, or any size from 32 x 32 on."""

    def __init__(self, config: VGG16Config) -> None:
        super().__init__(config)
        self.features = nn.Sequential(*_features(config))
        sizes = (config.widths[-1] * (_SIDE * _SIDE if config.hidden else 1), *config.hidden)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), nn.ReLU(inplace=True), nn.Dropout()]
        self.classifier = nn.Sequential(*layers, nn.Linear(sizes[-1], config.classes))
        self._side = _SIDE if config.hidden else 1
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                assert layer.bias is not None
                nn.init.zeros_(layer.bias)

    def scores(self, pictures: Tensor) -> Tensor:
        """Scores."""
        maps = F.adaptive_avg_pool2d(self.features(pictures), self._side)
        return cast(Tensor, self.classifier(maps.flatten(1)))


def _features(config: VGG16Config) -> list[nn.Module]:
    layers: list[nn.Module] = []
    inputs, widths = 3, iter(config.widths)
    for count in _BLOCKS:
        for _ in range(count):
            outputs = next(widths)
            layers.append(nn.Conv2d(inputs, outputs, 3, padding=1))
            if config.batch_norm:
                layers.append(BatchNorm(outputs))
            layers.append(nn.ReLU(inplace=True))
            inputs = outputs
        layers.append(nn.MaxPool2d(2))
    return layers


def build(config: Spec) -> nn.Module:
    """A VGG-16 with fresh weights."""
    return VGG16(cast(VGG16Config, config))


def _narrowed(config: VGG16Config, outputs: Mapping[str, int]) -> VGG16Config:
    features, linear = ([outputs[name] for name in outputs if name.startswith(part)] for part in ("features.", "classifier."))
    # Normalization stands behind every convolution.
    return config.model_copy(update={"widths": tuple(features[:: 1 + config.batch_norm]), "hidden": tuple(linear[:-1])})


CARD = ModelCard(
    name="vgg16",
    title="VGG-16, for ImageNet or for small pictures",
    paper="Simonyan & Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015",
    family="classifier",
    config=VGG16Config,
    build=build,
    example=VGG16Config(classes=5, side=32, widths=(2, 3, 4, 5, 4, 3, 4, 5, 4, 3, 4, 5, 6), hidden=(), batch_norm=True),
    size_multiple=1,
    smallest_side=32,
    narrowed=_narrowed,
    parts={"convolutions": "features.*", "head": "*"},
    fixed=("features.0",),
    free=("features.*",),
    streaming="none: it takes small pictures whole",
)
