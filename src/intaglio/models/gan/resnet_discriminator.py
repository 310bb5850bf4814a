"""The discriminator of SNGAN for small pictures: four residual blocks, with ways to be told of classes or to tell them.

Miyato, Kataoka, Koyama & Yoshida, Spectral Normalization for Generative Adversarial Networks, ICLR 2018, table 3 (b). With the
default configuration 1,053,824 parameters, and 272 million multiply-accumulates for a picture of 32 x 32. Heads beside the
score: a projection on a vector of the class (Miyato & Koyama, cGANs with Projection Discriminator, ICLR 2018, eq. 4), an
auxiliary classifier (Odena, Olah & Shlens, ICML 2017). Batch instead of spectral normalization is what StudioGAN has for
WGAN-GP, ACGAN and ProjGAN; attention is that of SAGAN (Zhang et al., ICML 2019).

Departures:
- The score has no bias, as in the code of GAN-LTH; StudioGAN's has one.
- The table of class vectors is a linear layer on a one for the class, which is the same.
"""

from collections.abc import Mapping
from typing import Literal, Self, cast

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.card import ModelCard
from intaglio.models.gan.attention import SelfAttention
from intaglio.models.gan.networks import Discriminator, DiscriminatorConfig
from intaglio.models.gan.spectral import convolution, linear
from intaglio.models.normalization import BatchNorm
from intaglio.vocabulary.spec import Spec

# Which blocks halve the side.
_HALVES = (True, True, False, False)
_BLOCKS = len(_HALVES)


class ResNetDiscriminatorConfig(DiscriminatorConfig):
    """Configuration of a discriminator of residual blocks."""

    width: int = Field(default=128, ge=1)
    """Channels behind each block."""
    hidden: tuple[int, int, int, int] | None = None
    """Channels between the two convolutions of each block; as many as behind it where left out."""
    normalization: Literal["spectral", "batch", "none"] = "spectral"
    """Of weights by their largest singular value, of maps by batches, or none."""
    head: Literal["none", "projection", "auxiliary"] = "none"
    """Beside the score: it is told the class, or tells it by an auxiliary classifier."""
    classes: int = Field(default=0, ge=0)
    """How many there are, of heads that know some."""
    attention: int | None = Field(default=None, ge=1, le=_BLOCKS)
    """The block that self-attention follows, counted from 1; none where left out."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.hidden is not None and min(self.hidden) < 1:
            raise ValueError(f"hidden widths are at least 1, not {self.hidden}")
        if (self.head == "none") != (self.classes == 0):
            raise ValueError(f"{self.classes} classes do not go with the head {self.head!r}; give both or neither")
        return self


class ResNetDiscriminator(Discriminator):
    """Pictures of 32 x 32, or any size from 4 x 4 on; with attention sides are even where it stands."""

    def __init__(self, config: ResNetDiscriminatorConfig) -> None:
        super().__init__(config, config.classes if config.head == "projection" else 0)
        width, spectral = config.width, config.normalization == "spectral"
        self.blocks = nn.ModuleList(
            _Block(width if number else 3, hidden, width, config.normalization, first=not number, halves=_HALVES[number])
            for number, hidden in enumerate(config.hidden or (width,) * _BLOCKS)
        )
        self.attention = SelfAttention(width, spectral=spectral) if config.attention else None
        self.head = nn.ModuleDict({"score": linear(width, 1, spectral=spectral, bias=False)})
        if config.head == "projection":
            self.head["vectors"] = linear(config.classes, width, spectral=spectral, bias=False)
        if config.head == "auxiliary":
            self.head["classifier"] = linear(width, config.classes, spectral=spectral, bias=False)
        self._attended = config.attention

    def scores(self, pictures: Tensor, classes: Tensor | None) -> Tensor:
        """(N, 1), or (N, 1 + classes) with an auxiliary classifier."""
        maps = pictures
        for number, block in enumerate(self.blocks, 1):
            maps = block(maps)
            if self.attention is not None and number == self._attended:
                maps = self.attention(maps)
        features = F.relu(maps).sum((2, 3))
        score: Tensor = self.head["score"](features)
        if "vectors" in self.head:
            score = score + (self.head["vectors"](classes) * features).sum(1, keepdim=True)
        return torch.cat([score, self.head["classifier"](features)], 1) if "classifier" in self.head else score


class _Block(nn.Module):
    """Two convolutions, added to what came in; the first block of a network sees the picture, before any nonlinearity."""

    def __init__(self, inputs: int, hidden: int, outputs: int, kind: str, *, first: bool, halves: bool) -> None:
        super().__init__()
        spectral = kind == "spectral"

        def norm(channels: int) -> nn.Module:
            return BatchNorm(channels) if kind == "batch" else nn.Identity()

        self.norm1 = nn.Identity() if first else norm(inputs)
        self.conv1 = convolution(inputs, hidden, spectral=spectral)
        self.norm2 = norm(hidden)
        self.conv2 = convolution(hidden, outputs, spectral=spectral)
        changed = halves or inputs != outputs
        self.shortcut_norm = norm(inputs) if changed else nn.Identity()
        self.shortcut = convolution(inputs, outputs, 1, spectral=spectral) if changed else nn.Identity()
        self.first, self.halves = first, halves

    def forward(self, maps: Tensor) -> Tensor:
        inner = self.conv1(maps if self.first else F.relu(self.norm1(maps)))
        inner = self._halved(self.conv2(F.relu(self.norm2(inner))))
        # Which comes first matters where the shortcut is normalized: statistics are of pixels or of their means.
        passed = self._halved(maps) if self.first else maps
        passed = self.shortcut(self.shortcut_norm(passed))
        return inner + (passed if self.first else self._halved(passed))

    def _halved(self, maps: Tensor) -> Tensor:
        return F.avg_pool2d(maps, 2) if self.halves else maps


def build(config: Spec) -> nn.Module:
    """A discriminator with fresh weights."""
    return ResNetDiscriminator(cast(ResNetDiscriminatorConfig, config))


def _narrowed(config: ResNetDiscriminatorConfig, outputs: Mapping[str, int]) -> ResNetDiscriminatorConfig:
    return config.model_copy(update={"hidden": tuple(outputs[f"blocks.{number}.conv1"] for number in range(_BLOCKS))})


def _settled(config: ResNetDiscriminatorConfig) -> ResNetDiscriminatorConfig:
    return config.model_copy(update={"normalization": "none"}) if config.normalization == "spectral" else config


CARD = ModelCard(
    name="resnet-discriminator",
    title="Discriminator of residual blocks, as of SNGAN, ACGAN, ProjGAN and SAGAN",
    paper="Miyato et al., Spectral Normalization for Generative Adversarial Networks, ICLR 2018",
    family="discriminator",
    config=ResNetDiscriminatorConfig,
    build=build,
    example=ResNetDiscriminatorConfig(side=16, width=4, hidden=(4, 5, 3, 4)),
    input_range=(-1.0, 1.0),
    size_multiple=1,
    smallest_side=4,
    narrowed=_narrowed,
    settled=_settled,
    parts={"head": "head.*", "convolutions": "*"},
    spared=("head.*",),
    fixed=("blocks.0.conv1", "blocks.0.shortcut"),
    free=("blocks.*.conv1",),
    streaming="none: it takes small pictures whole",
)
