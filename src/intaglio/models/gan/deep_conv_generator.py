"""The generator of DCGAN for pictures of 32 x 32: transposed convolutions that double the side, each normalized by batches.

Radford, Metz & Chintala, Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks, ICLR
2016, figure 1, in the form that StudioGAN has for CIFAR-10: 3,812,355 parameters with the default configuration.

Departures:
- As in StudioGAN the latents pass a linear layer without normalization, and a convolution of 3 x 3 is the last.
"""

from itertools import pairwise
from typing import cast

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.card import ModelCard
from intaglio.models.gan.networks import Generator, GeneratorConfig
from intaglio.models.normalization import BatchNorm
from intaglio.vocabulary.spec import Spec

_BOTTOM = 4


class DeepConvGeneratorConfig(GeneratorConfig):
    """Configuration of a DCGAN's generator."""

    width: int = Field(default=512, ge=1)
    """Channels of the map of 4 x 4 that the latents become."""
    widths: tuple[int, int, int] = (256, 128, 64)
    """Outputs of each transposed convolution."""

    @property
    def side(self) -> int:
        """Of the pictures, pixels."""
        return _BOTTOM << len(self.widths)


class DeepConvGenerator(Generator):
    """Latents to pictures of 32 x 32."""

    def __init__(self, config: DeepConvGeneratorConfig) -> None:
        super().__init__(config)
        self.linear = nn.Linear(config.latent, config.width * _BOTTOM**2)
        channels = pairwise((config.width, *config.widths))
        self.convs = nn.ModuleList(nn.ConvTranspose2d(inputs, outputs, 4, 2, padding=1) for inputs, outputs in channels)
        self.norms = nn.ModuleList(BatchNorm(outputs) for outputs in config.widths)
        self.last = nn.Conv2d(config.widths[-1], 3, 3, padding=1)

    def painted(self, latents: Tensor, classes: Tensor | None) -> Tensor:
        """Pictures."""
        maps = self.linear(latents).unflatten(1, (-1, _BOTTOM, _BOTTOM))
        for conv, norm in zip(self.convs, self.norms, strict=True):
            maps = F.relu(norm(conv(maps)))
        return cast(Tensor, self.last(maps).tanh())


def build(config: Spec) -> nn.Module:
    """A generator with fresh weights."""
    return DeepConvGenerator(cast(DeepConvGeneratorConfig, config))


CARD = ModelCard(
    name="deep-conv-generator",
    title="Generator of DCGAN and geometric GAN, of transposed convolutions",
    paper="Radford, Metz & Chintala, Unsupervised Representation Learning with Deep Convolutional GANs, ICLR 2016",
    family="generator",
    config=DeepConvGeneratorConfig,
    build=build,
    example=DeepConvGeneratorConfig(latent=5, width=6, widths=(5, 4, 4)),
    input_range=(-1.0, 1.0),
    size_multiple=1,
    smallest_side=1,
    narrowed=lambda config, outputs: config.model_copy(
        update={"widths": tuple(outputs[f"convs.{number}"] for number in range(3))}
    ),
    parts={"head": "linear.*", "convolutions": "*"},
    spared=("linear.*",),
    fixed=("last",),
    free=("convs.*",),
    streaming="none: it takes latents and gives small pictures whole",
)
