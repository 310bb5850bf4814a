"""The discriminator of DCGAN for small pictures: pairs of convolutions, the second of which halves the side.

Radford, Metz & Chintala, Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks, ICLR
2016, in the form that StudioGAN has for CIFAR-10: 2,931,009 parameters with the default configuration.

Departures:
- As in StudioGAN convolutions come in pairs, ReLUs do not leak, and maps are summed over positions before the score.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import cast

from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.card import ModelCard
from intaglio.models.gan.networks import Discriminator, DiscriminatorConfig
from intaglio.models.normalization import BatchNorm
from intaglio.vocabulary.spec import Spec


class DeepConvDiscriminatorConfig(DiscriminatorConfig):
    """Configuration of a DCGAN's discriminator."""

    widths: tuple[int, int, int, int, int, int, int] = (64, 64, 128, 128, 256, 256, 512)
    """Filters of each convolution; every second one halves the side."""


class DeepConvDiscriminator(Discriminator):
    """Pictures of 32 x 32, or any size from 8 x 8 on."""

    def __init__(self, config: DeepConvDiscriminatorConfig) -> None:
        super().__init__(config)
        channels = enumerate(pairwise((3, *config.widths)))
        self.convs = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 4, 2, padding=1) if number % 2 else nn.Conv2d(inputs, outputs, 3, padding=1)
            for number, (inputs, outputs) in channels
        )
        self.norms = nn.ModuleList(BatchNorm(outputs) for outputs in config.widths)
        self.score = nn.Linear(config.widths[-1], 1)

    def scores(self, pictures: Tensor, classes: Tensor | None) -> Tensor:
        """(N, 1)."""
        maps = pictures
        for conv, norm in zip(self.convs, self.norms, strict=True):
            maps = F.relu(norm(conv(maps)))
        return cast(Tensor, self.score(maps.sum((2, 3))))


def build(config: Spec) -> nn.Module:
    """A discriminator with fresh weights."""
    return DeepConvDiscriminator(cast(DeepConvDiscriminatorConfig, config))


def _narrowed(config: DeepConvDiscriminatorConfig, outputs: Mapping[str, int]) -> DeepConvDiscriminatorConfig:
    return config.model_copy(update={"widths": tuple(outputs[f"convs.{number}"] for number in range(len(config.widths)))})


CARD = ModelCard(
    name="deep-conv-discriminator",
    title="Discriminator of DCGAN and geometric GAN",
    paper="Radford, Metz & Chintala, Unsupervised Representation Learning with Deep Convolutional GANs, ICLR 2016",
    family="discriminator",
    config=DeepConvDiscriminatorConfig,
    build=build,
    example=DeepConvDiscriminatorConfig(side=16, widths=(4, 4, 5, 4, 6, 5, 4)),
    input_range=(-1.0, 1.0),
    size_multiple=1,
    smallest_side=8,
    narrowed=_narrowed,
    parts={"head": "score.*", "convolutions": "*"},
    spared=("score.*",),
    fixed=("convs.0",),
    free=("convs.*",),
    streaming="none: it takes small pictures whole",
)
