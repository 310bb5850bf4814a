"""ResNet-50: sixteen bottlenecks of three convolutions in four stages, each adding to what came before.

He, Zhang, Ren & Sun, Deep Residual Learning for Image Recognition, CVPR 2016. 25.557 million weights and biases. Names of
weights are those of torchvision.

Departures:
- The stride stands in the 3 x 3 convolution, as in torchvision, and not in the 1 x 1 before it, unless `stride_first` says so:
  4.089 thousand million multiply-accumulates instead of 3.858.
"""

from collections.abc import Mapping
from typing import cast

from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.card import ModelCard
from intaglio.models.classify.classifier import Classifier, ClassifierConfig
from intaglio.models.normalization import BatchNorm
from intaglio.vocabulary.spec import Spec

Inner = tuple[tuple[tuple[int, int], ...], ...]
_BLOCKS = (3, 4, 6, 3)


class ResNet50Config(ClassifierConfig):
    """Configuration of a ResNet-50."""

    stem: int = 64
    """Filters of the first convolution."""
    inner: Inner = tuple(((64 * 2**stage,) * 2,) * count for stage, count in enumerate(_BLOCKS))
    """Filters of the first two convolutions of each bottleneck, stage by stage; what they add to stays as wide."""
    outputs: tuple[int, ...] = (256, 512, 1024, 2048)
    """Channels of each stage."""
    stride_first: bool = False
    """Where a bottleneck halves the side: in its first convolution, or in the second."""


class ResNet50(Classifier):
    """Pictures of 224 x 224, or any size from 32 x 32 on."""

    def __init__(self, config: ResNet50Config) -> None:
        super().__init__(config)
        self.conv1 = nn.Conv2d(3, config.stem, 7, 2, padding=3, bias=False)
        self.bn1 = BatchNorm(config.stem)
        inputs = config.stem
        for stage, (blocks, outputs) in enumerate(zip(config.inner, config.outputs, strict=True)):
            made = []
            for number, inner in enumerate(blocks):
                stride = 2 if stage and not number else 1
                made.append(_Bottleneck(inputs, inner, outputs, stride, first=config.stride_first))
                inputs = outputs
            self.add_module(f"layer{stage + 1}", nn.Sequential(*made))
        self.fc = nn.Linear(inputs, config.classes)
        self._stages = len(config.inner)

    def scores(self, pictures: Tensor) -> Tensor:
        """Scores."""
        maps = F.max_pool2d(F.relu(self.bn1(self.conv1(pictures))), 3, 2, padding=1)
        for stage in range(self._stages):
            maps = self.get_submodule(f"layer{stage + 1}")(maps)
        return cast(Tensor, self.fc(maps.mean((2, 3))))


class _Bottleneck(nn.Module):
    """1 x 1, 3 x 3 and 1 x 1, added to what came in."""

    def __init__(self, inputs: int, inner: tuple[int, int], outputs: int, stride: int, *, first: bool) -> None:
        super().__init__()
        narrow, wide = inner
        strides = (stride, 1) if first else (1, stride)
        self.conv1 = nn.Conv2d(inputs, narrow, 1, strides[0], bias=False)
        self.bn1 = BatchNorm(narrow)
        self.conv2 = nn.Conv2d(narrow, wide, 3, strides[1], padding=1, bias=False)
        self.bn2 = BatchNorm(wide)
        self.conv3 = nn.Conv2d(wide, outputs, 1, bias=False)
        self.bn3 = BatchNorm(outputs)
        self.downsample: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), BatchNorm(outputs))

    def forward(self, maps: Tensor) -> Tensor:
        inner = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(maps))))))
        return F.relu(self.bn3(self.conv3(inner)) + self.downsample(maps))


def build(config: Spec) -> nn.Module:
    """A ResNet-50 with fresh weights."""
    return ResNet50(cast(ResNet50Config, config))


def _narrowed(config: ResNet50Config, outputs: Mapping[str, int]) -> ResNet50Config:
    blocks = [[f"layer{stage + 1}.{number}" for number in range(len(one))] for stage, one in enumerate(config.inner)]
    inner = tuple(tuple((outputs[f"{name}.conv1"], outputs[f"{name}.conv2"]) for name in names) for names in blocks)
    update = {"stem": outputs["conv1"], "inner": inner, "outputs": tuple(outputs[f"{names[0]}.conv3"] for names in blocks)}
    return config.model_copy(update=update)


CARD = ModelCard(
    name="resnet50",
    title="ResNet-50: bottlenecks in four stages",
    paper="He, Zhang, Ren & Sun, Deep Residual Learning for Image Recognition, CVPR 2016",
    family="classifier",
    config=ResNet50Config,
    build=build,
    example=ResNet50Config(classes=5, side=32, stem=4, inner=(((2, 3), (3, 2)), ((4, 3),)), outputs=(6, 8)),
    size_multiple=1,
    smallest_side=32,
    narrowed=_narrowed,
    parts={"head": "fc.*", "convolutions": "*"},
    fixed=("conv1",),
    free=(
        "layer*.conv1",
        "layer*.conv2",
    ),
    streaming="none: it takes small pictures whole",
)
