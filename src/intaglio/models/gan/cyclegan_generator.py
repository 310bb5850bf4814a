"""The generator of CycleGAN: two convolutions down, residual blocks at a quarter of the side, two that double it again.

Zhu, Park, Isola & Efros, Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, ICCV 2017, section 4,
after Johnson et al. 2016. 11,383,555 parameters with the default configuration, 11,378,179 without learned scales and shifts;
56.8 thousand million multiply-accumulates for a picture of 256 x 256, transposed convolutions counted on their output grid.

Departures:
- Instance normalization has learned scales and shifts where channels could be removed, as in GAN-LTH: not on what residual
  blocks add up. `affine = False` is the paper's network.
- `normalization = "batch"` is that of the reference code's `--norm batch`. Instance normalization takes the picture's own
  brightness and colors away in each layer, and small networks learn to carry them past it in bright spots; batch
  normalization leaves them, and is known before a picture comes, so that the engine needs a single pass. It wants batches of
  several pictures in training.
- `upsampling = "nearest"` repeats pixels and convolves where the paper has transposed convolutions, whose strokes overlap
  unevenly and leave a grid of 2 and of 4 pixels in short trainings (Odena, Dumoulin & Olah, Deconvolution and Checkerboard
  Artifacts, Distill 2016). Names and shapes of parameters do not tell the two apart; weights of one are useless in the other.
- `width` is the paper's 64; it has 9 blocks for pictures of 256 x 256, and 6 (`blocks = 6`) for 128 x 128.
"""

from collections.abc import Mapping
from typing import Literal, Self, cast

from pydantic import Field, model_validator
from torch import nn

from intaglio.models.card import ModelCard
from intaglio.models.gan.translator import Layer, Normalization, Translator
from intaglio.models.normalization import BatchNorm
from intaglio.vocabulary.spec import Spec

_NORMS: Mapping[str, type[Normalization]] = {"instance": nn.InstanceNorm2d, "batch": BatchNorm}


class CycleGANGeneratorConfig(Spec):
    """Configuration of a CycleGAN's generator."""

    blocks: int = Field(default=9, ge=1)
    """Residual ones."""
    width: int = Field(default=64, ge=1)
    """Filters of the first convolution; what residual blocks add up has four times as many channels."""
    widths: tuple[int, ...] | None = None
    """Channels that are not added to anything: behind the first two convolutions, inside each block, behind the two that
    double the side; once, twice, four times, twice and once the width where left out."""
    affine: bool = True
    """Learn a scale and a shift for each of these."""
    normalization: Literal["instance", "batch"] = "instance"
    """By the mean and variance of each map of a picture, or of a training's batches."""
    upsampling: Literal["transposed", "nearest"] = "transposed"
    """How the side is doubled: by transposed convolutions, or by repeated pixels and convolutions, which leave no grid."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.widths is not None and (len(self.widths) != self.blocks + 4 or min(self.widths) < 1):
            raise ValueError(f"{self.blocks} blocks go with {self.blocks + 4} widths of at least 1, not {self.widths}")
        return self


class CycleGANGenerator(Translator):
    """Pictures of sides that are multiples of 4, from 16 on, to pictures of the same size in [-1, 1]."""

    def __init__(self, config: CycleGANGeneratorConfig) -> None:
        super().__init__()
        self.config = config
        width, trunk = config.width, 4 * config.width
        usual = (width, 2 * width, *(trunk,) * config.blocks, 2 * width, width)
        first, second, *inner, third, fourth = config.widths or usual
        self.first = nn.Conv2d(3, first, 7, padding=3, padding_mode="reflect")
        norm = _NORMS[config.normalization]
        self.first_norm = norm(first, affine=config.affine)
        self.down1 = nn.Conv2d(first, second, 3, 2, padding=1)
        self.down1_norm = norm(second, affine=config.affine)
        self.down2 = nn.Conv2d(second, trunk, 3, 2, padding=1)
        self.down2_norm = norm(trunk, affine=False)
        self.blocks = nn.ModuleList(_Block(trunk, channels, norm, affine=config.affine) for channels in inner)
        self.up1 = self._doubling(trunk, third)
        self.up1_norm = norm(third, affine=config.affine)
        self.up2 = self._doubling(third, fourth)
        self.up2_norm = norm(fourth, affine=config.affine)
        self.last = nn.Conv2d(fourth, 3, 7, padding=3, padding_mode="reflect")

    def layers(self) -> list[Layer]:
        """Down, the blocks, up."""
        first = Layer(name="first", convolution=self.first, norm=self.first_norm, activation="relu")
        down1 = Layer(name="down1", convolution=self.down1, norm=self.down1_norm, activation="relu")
        down2 = Layer(name="down2", convolution=self.down2, norm=self.down2_norm, activation="relu")
        inner = [
            layer for number, block in enumerate(self.blocks) for layer in cast(_Block, block).layers(f"block {number + 1}")
        ]
        nearest = self.config.upsampling == "nearest"
        up1 = Layer(name="up1", convolution=self.up1, enlarges=nearest, norm=self.up1_norm, activation="relu")
        up2 = Layer(name="up2", convolution=self.up2, enlarges=nearest, norm=self.up2_norm, activation="relu")
        return [first, down1, down2, *inner, up1, up2, Layer(name="last", convolution=self.last, activation="tanh")]

    def _doubling(self, inputs: int, outputs: int) -> nn.Conv2d | nn.ConvTranspose2d:
        if self.config.upsampling == "nearest":
            return nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect")
        return nn.ConvTranspose2d(inputs, outputs, 3, 2, padding=1, output_padding=1)


class _Block(nn.Module):
    """Two convolutions, added to what came in."""

    def __init__(self, channels: int, inner: int, norm: type[Normalization], *, affine: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, inner, 3, padding=1, padding_mode="reflect")
        self.norm1 = norm(inner, affine=affine)
        self.conv2 = nn.Conv2d(inner, channels, 3, padding=1, padding_mode="reflect")
        self.norm2 = norm(channels, affine=False)

    def layers(self, name: str) -> list[Layer]:
        return [
            Layer(name=f"{name}, first", convolution=self.conv1, norm=self.norm1, activation="relu", opens=True),
            Layer(name=f"{name}, second", convolution=self.conv2, norm=self.norm2, adds=True),
        ]


def build(config: Spec) -> nn.Module:
    """A generator with fresh weights."""
    return CycleGANGenerator(cast(CycleGANGeneratorConfig, config))


def _narrowed(config: CycleGANGeneratorConfig, outputs: Mapping[str, int]) -> CycleGANGeneratorConfig:
    layers = ("first", "down1", *(f"blocks.{number}.conv1" for number in range(config.blocks)), "up1", "up2")
    return config.model_copy(update={"widths": tuple(outputs[name] for name in layers)})


CARD = ModelCard(
    name="cyclegan-generator",
    title="Generator of CycleGAN, which translates pictures of one kind to another",
    paper="Zhu, Park, Isola & Efros, Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, "
    "ICCV 2017",
    family="translator",
    config=CycleGANGeneratorConfig,
    build=build,
    example=CycleGANGeneratorConfig(blocks=2, width=4, widths=(3, 4, 4, 5, 6, 4)),
    input_range=(-1.0, 1.0),
    size_multiple=4,
    smallest_side=16,
    narrowed=_narrowed,
    parts={"convolutions": "*"},
    fixed=("first", "last"),
    free=("first", "down1", "blocks.*.conv1", "up1", "up2"),
    streaming="a pass for each instance normalization, 23 with 9 blocks (batch normalization has none), and one that renders; "
    "behind the second halving, passes read what the one before them counted, up to 128 bytes a pixel on disk; what fits into "
    "memory is translated whole",
)
