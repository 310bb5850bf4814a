"""PatchGAN: a discriminator that judges every patch of 70 x 70 pixels, as CycleGAN has it.

Isola, Zhu, Zhou & Efros, Image-to-Image Translation with Conditional Adversarial Networks, CVPR 2017, section 3.2.2 and
appendix 6.1.2. 2,766,529 parameters with the default configuration, 2,764,737 without learned scales and shifts.

Departures:
- The scores of patches are averaged to one for each picture, as in GAN-LTH. `averaged = False` gives the map of scores, on
  which CycleGAN's own code has its loss.
- Instance normalization has learned scales and shifts, as in GAN-LTH; `affine = False` is that of CycleGAN.
"""

from typing import cast

from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.card import ModelCard
from intaglio.models.gan.networks import Discriminator, DiscriminatorConfig
from intaglio.vocabulary.spec import Spec

_LEAK = 0.2


class PatchDiscriminatorConfig(DiscriminatorConfig):
    """Configuration of a PatchGAN."""

    side: int = 256
    """Of the pictures that it is made for, pixels; costs are those of such a picture."""
    widths: tuple[int, int, int, int] = (64, 128, 256, 512)
    """Filters of each convolution but the last, which gives the scores."""
    affine: bool = True
    """Learn a scale and a shift for each channel that is normalized."""
    averaged: bool = True
    """Give the mean score of all patches, and not a map of scores."""


class PatchDiscriminator(Discriminator):
    """Pictures of any size from 24 x 24 on; three convolutions halve it."""

    def __init__(self, config: PatchDiscriminatorConfig) -> None:
        super().__init__(config)
        first, second, third, fourth = config.widths
        self.first = nn.Conv2d(3, first, 4, 2, padding=1)
        self.convs = nn.ModuleList(
            [
                nn.Conv2d(first, second, 4, 2, padding=1),
                nn.Conv2d(second, third, 4, 2, padding=1),
                nn.Conv2d(third, fourth, 4, padding=1),
            ]
        )
        self.norms = nn.ModuleList(nn.InstanceNorm2d(channels, affine=config.affine) for channels in config.widths[1:])
        self.score = nn.Conv2d(fourth, 1, 4, padding=1)
        self._averaged = config.averaged

    def scores(self, pictures: Tensor, classes: Tensor | None) -> Tensor:
        """(N, 1), or (N, 1, h, w) if scores are not averaged."""
        maps = F.leaky_relu(self.first(pictures), _LEAK)
        for conv, norm in zip(self.convs, self.norms, strict=True):
            maps = F.leaky_relu(norm(conv(maps)), _LEAK)
        scores = self.score(maps)
        return cast(Tensor, scores.mean((2, 3)) if self._averaged else scores)


def build(config: Spec) -> nn.Module:
    """A discriminator with fresh weights."""
    return PatchDiscriminator(cast(PatchDiscriminatorConfig, config))


CARD = ModelCard(
    name="patch-discriminator",
    title="PatchGAN, the discriminator of CycleGAN",
    paper="Isola, Zhu, Zhou & Efros, Image-to-Image Translation with Conditional Adversarial Networks, CVPR 2017",
    family="discriminator",
    config=PatchDiscriminatorConfig,
    build=build,
    example=PatchDiscriminatorConfig(side=32, widths=(4, 5, 6, 4)),
    input_range=(-1.0, 1.0),
    size_multiple=1,
    smallest_side=24,
    narrowed=lambda config, outputs: config.model_copy(
        update={"widths": (outputs["first"], *(outputs[f"convs.{number}"] for number in range(3)))}
    ),
    parts={"convolutions": "*"},
    fixed=("first",),
    free=("first", "convs.*"),
    streaming="none: it takes pictures whole",
)
