"""ResNet-56 for pictures of 32 x 32: twenty-seven blocks of two convolutions in three stages.

He, Zhang, Ren & Sun, Deep Residual Learning for Image Recognition, CVPR 2016, section 4.2. 0.86 million weights and biases.
Where a stage halves the side and doubles the channels, every other position is passed on and the new channels begin as zero
(option A of the paper), which has no weights.

Departures: none.
"""

from collections.abc import Mapping
from typing import cast

from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.card import ModelCard
from intaglio.models.classify.classifier import CIFAR_MEAN, CIFAR_STD, Classifier, ClassifierConfig
from intaglio.models.normalization import BatchNorm
from intaglio.vocabulary.spec import Spec

_OUTPUTS, _BLOCKS = (16, 32, 64), 9


class ResNet56Config(ClassifierConfig):
    """Configuration of a ResNet-56."""

    classes: int = 10
    """How many there are."""
    mean: tuple[float, float, float] = CIFAR_MEAN
    """Of the pictures' channels, which is subtracted."""
    std: tuple[float, float, float] = CIFAR_STD
    """What they are divided by then."""
    side: int = 32
    """Of the pictures that it is made for, pixels."""
    inner: tuple[tuple[int, ...], ...] = tuple((width,) * _BLOCKS for width in _OUTPUTS)
    """Filters of the first convolution of each block, stage by stage."""
    outputs: tuple[int, ...] = _OUTPUTS
    """Channels of each stage; they do not fall."""


class ResNet56(Classifier):
    """Pictures of 32 x 32, or any size from 8 x 8 on."""

    def __init__(self, config: ResNet56Config) -> None:
        super().__init__(config)
        inputs = config.outputs[0]
        self.conv1 = nn.Conv2d(3, inputs, 3, padding=1, bias=False)
        self.bn1 = BatchNorm(inputs)
        for stage, (blocks, outputs) in enumerate(zip(config.inner, config.outputs, strict=True)):
            made = []
            for number, inner in enumerate(blocks):
                made.append(_Block(inputs, inner, outputs, 2 if stage and not number else 1))
                inputs = outputs
            self.add_module(f"layer{stage + 1}", nn.Sequential(*made))
        self.fc = nn.Linear(inputs, config.classes)
        self._stages = len(config.inner)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight)

    def scores(self, pictures: Tensor) -> Tensor:
        """Scores."""
        maps = F.relu(self.bn1(self.conv1(pictures)))
        for stage in range(self._stages):
            maps = self.get_submodule(f"layer{stage + 1}")(maps)
        return cast(Tensor, self.fc(maps.mean((2, 3))))


class _Block(nn.Module):
    """Two convolutions of 3 x 3, added to what came in."""

    def __init__(self, inputs: int, inner: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, inner, 3, stride, padding=1, bias=False)
        self.bn1 = BatchNorm(inner)
        self.conv2 = nn.Conv2d(inner, outputs, 3, padding=1, bias=False)
        self.bn2 = BatchNorm(outputs)
        self.stride, self.fresh = stride, outputs - inputs

    def forward(self, maps: Tensor) -> Tensor:
        inner = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(maps)))))
        before = self.fresh // 2
        passed = F.pad(maps[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, before, self.fresh - before))
        return F.relu(inner + passed)


def build(config: Spec) -> nn.Module:
    """A ResNet-56 with fresh weights."""
    return ResNet56(cast(ResNet56Config, config))


def _narrowed(config: ResNet56Config, outputs: Mapping[str, int]) -> ResNet56Config:
    blocks = [[f"layer{stage + 1}.{number}" for number in range(len(one))] for stage, one in enumerate(config.inner)]
    # Not what is added: with other differences between the stages shortcuts would be padded at other places.
    return config.model_copy(update={"inner": tuple(tuple(outputs[f"{name}.conv1"] for name in names) for names in blocks)})


CARD = ModelCard(
    name="resnet56",
    title="ResNet-56 for pictures of 32 x 32",
    paper="He, Zhang, Ren & Sun, Deep Residual Learning for Image Recognition, CVPR 2016",
    family="classifier",
    config=ResNet56Config,
    build=build,
    example=ResNet56Config(inner=((3, 2), (4,)), outputs=(4, 6)),
    size_multiple=1,
    smallest_side=8,
    narrowed=_narrowed,
    parts={"head": "fc.*", "convolutions": "*"},
    fixed=("conv1",),
    free=("layer*.conv1",),
    streaming="none: it takes small pictures whole",
)
