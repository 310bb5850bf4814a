"""Conditional batch normalization: scales and shifts of channels that depend on the class.

Dumoulin, Shlens & Kudlur, A Learned Representation for Artistic Style, ICLR 2017, eq. 5, as GANs have it since Miyato & Koyama,
cGANs with Projection Discriminator, ICLR 2018: `(1 + gain_c) (x - mean) / deviation + shift_c`.

Departures:
- Tables of gains and shifts are linear layers on a one for the class, which is the same and lets them be treated as such.
- A variance is enlarged by 1e-5 as elsewhere, where StudioGAN has 1e-4.
"""

from typing import cast

from torch import Tensor, nn

from intaglio.models.gan.spectral import linear
from intaglio.models.normalization import BatchNorm


class ConditionalBatchNorm(nn.Module):
    """Maps (N, C, h, w) with scales and shifts of their class.

    Args:
        channels: of the maps.
        classes: how many there are.
        spectral: whether tables have spectral normalization.

    """

    def __init__(self, channels: int, classes: int, *, spectral: bool = False) -> None:
        super().__init__()
        self.normalize = BatchNorm(channels, affine=False)
        self.gain = linear(classes, channels, spectral=spectral, bias=False)
        self.shift = linear(classes, channels, spectral=spectral, bias=False)

    def forward(self, maps: Tensor, classes: Tensor | None) -> Tensor:
        """Normalized maps; classes are (N, classes), a one for each."""
        gain, shift = (table(classes)[..., None, None] for table in (self.gain, self.shift))
        return cast(Tensor, (1 + gain) * self.normalize(maps) + shift)


def normalization(channels: int, classes: int = 0, *, spectral: bool = False) -> nn.Module:
    """Batch normalization; conditional where there are classes."""
    return ConditionalBatchNorm(channels, classes, spectral=spectral) if classes else BatchNorm(channels)


def normalized(layer: nn.Module, maps: Tensor, classes: Tensor | None) -> Tensor:
    """Maps behind such a layer, whichever it is."""
    return cast(Tensor, layer(maps, classes) if isinstance(layer, ConditionalBatchNorm) else layer(maps))
