"""The generator of SNGAN for small pictures: residual blocks that double the side, with conditions and attention as options.

Miyato, Kataoka, Koyama & Yoshida, Spectral Normalization for Generative Adversarial Networks, ICLR 2018, table 3 (a). With the
default configuration 4,276,739 parameters and 1.681 thousand million multiply-accumulates a picture of 32 x 32. Classes give
conditional batch normalization (Miyato & Koyama, ICLR 2018); attention and spectral normalization of all layers are those of
SAGAN (Zhang et al., ICML 2019).

Departures:
- All blocks have the same number of channels, as in the paper's table; StudioGAN's for 64 px and more halve them.
"""

from collections.abc import Mapping
from typing import Self, cast

from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.card import ModelCard
from intaglio.models.gan.attention import SelfAttention
from intaglio.models.gan.conditional import normalization, normalized
from intaglio.models.gan.networks import Generator, GeneratorConfig
from intaglio.models.gan.spectral import convolution, linear
from intaglio.models.normalization import BatchNorm
from intaglio.vocabulary.spec import Spec


class ResNetGeneratorConfig(GeneratorConfig):
    """Configuration of a generator of residual blocks."""

    width: int = Field(default=256, ge=1)
    """Channels between blocks."""
    blocks: int = Field(default=3, ge=1)
    """Each doubles the side."""
    bottom: int = Field(default=4, ge=1)
    """Side of the map that the latents become, pixels."""
    hidden: tuple[int, ...] | None = None
    """Channels between the two convolutions of each block; as many as between blocks where left out."""
    classes: int = Field(default=0, ge=0)
    """How many there are; 0 for pictures without classes."""
    attention: int | None = Field(default=None, ge=1)
    """The block that self-attention follows, counted from 1; none where left out."""
    spectral_norm: bool = False
    """Normalize all weights by their largest singular value."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.hidden is not None and (len(self.hidden) != self.blocks or min(self.hidden) < 1):
            raise ValueError(f"{self.blocks} blocks have {self.blocks} hidden widths of at least 1, not {self.hidden}")
        if self.attention is not None and self.attention > self.blocks:
            raise ValueError(f"attention cannot follow block {self.attention} of {self.blocks}")
        return self

    @property
    def side(self) -> int:
        """Of the pictures, pixels."""
        return self.bottom << self.blocks


class ResNetGenerator(Generator):
    """Latents to pictures of 32 x 32, or of any side that doubling gives."""

    def __init__(self, config: ResNetGeneratorConfig) -> None:
        super().__init__(config, config.classes)
        width, spectral = config.width, config.spectral_norm
        self.linear = linear(config.latent, width * config.bottom**2, spectral=spectral)
        self.blocks = nn.ModuleList(
            _Block(width, hidden, config.classes, spectral=spectral) for hidden in config.hidden or (width,) * config.blocks
        )
        self.attention = SelfAttention(width, spectral=spectral) if config.attention else None
        self.norm = BatchNorm(width)
        self.last = convolution(width, 3, spectral=spectral)
        self._bottom, self._attended = config.bottom, config.attention

    def painted(self, latents: Tensor, classes: Tensor | None) -> Tensor:
        """Pictures."""
        maps = self.linear(latents).unflatten(1, (-1, self._bottom, self._bottom))
        for number, block in enumerate(self.blocks, 1):
            maps = block(maps, classes)
            if self.attention is not None and number == self._attended:
                maps = self.attention(maps)
        return cast(Tensor, self.last(F.relu(self.norm(maps))).tanh())


class _Block(nn.Module):
    """Two convolutions at twice the side, added to what came in."""

    def __init__(self, width: int, hidden: int, classes: int, *, spectral: bool) -> None:
        super().__init__()
        self.norm1 = normalization(width, classes, spectral=spectral)
        self.conv1 = convolution(width, hidden, spectral=spectral)
        self.norm2 = normalization(hidden, classes, spectral=spectral)
        self.conv2 = convolution(hidden, width, spectral=spectral)
        self.shortcut = convolution(width, width, 1, spectral=spectral)

    def forward(self, maps: Tensor, classes: Tensor | None) -> Tensor:
        inner = self.conv1(_doubled(F.relu(normalized(self.norm1, maps, classes))))
        inner = self.conv2(F.relu(normalized(self.norm2, inner, classes)))
        return cast(Tensor, inner + self.shortcut(_doubled(maps)))


def _doubled(maps: Tensor) -> Tensor:
    return F.interpolate(maps, scale_factor=2, mode="nearest")


def build(config: Spec) -> nn.Module:
    """A generator with fresh weights."""
    return ResNetGenerator(cast(ResNetGeneratorConfig, config))


def _narrowed(config: ResNetGeneratorConfig, outputs: Mapping[str, int]) -> ResNetGeneratorConfig:
    return config.model_copy(update={"hidden": tuple(outputs[f"blocks.{number}.conv1"] for number in range(config.blocks))})


CARD = ModelCard(
    name="resnet-generator",
    title="Generator of residual blocks, as of SNGAN and SAGAN",
    paper="Miyato et al., Spectral Normalization for Generative Adversarial Networks, ICLR 2018",
    family="generator",
    config=ResNetGeneratorConfig,
    build=build,
    example=ResNetGeneratorConfig(latent=5, width=6, blocks=2, hidden=(4, 6)),
    input_range=(-1.0, 1.0),
    size_multiple=1,
    smallest_side=1,
    narrowed=_narrowed,
    settled=lambda config: config.model_copy(update={"spectral_norm": False}),
    parts={"head": "linear.*", "convolutions": "*"},
    spared=("linear.*", "*.gain.*", "*.shift.*"),
    fixed=("last",),
    free=("blocks.*.conv1",),
    streaming="none: it takes latents and gives small pictures whole",
)
