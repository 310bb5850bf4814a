"""Which arithmetic each layer runs in."""

from collections.abc import Sequence

import torch

from intaglio.models.style.network import StyleNetwork
from intaglio.runtime.operators import Target
from intaglio.stylizing.pixels import PixelSource


class Precision:
    """Targets of the encoders and decoders of a cascade.

    Args:
        device: where all of them run.

    """

    def __init__(self, device: torch.device) -> None:
        self.exact = Target(device)

    @classmethod
    def choose(cls, name: str, network: StyleNetwork, styles: Sequence[PixelSource], device: torch.device) -> "Precision":
        """By the option's name."""
        return cls(device)

    def encoder(self, index: int) -> Target:
        """Of stage `index`."""
        return self.exact

    def decoder(self, index: int) -> Target:
        """Of stage `index`."""
        return self.exact


def resolve(name: str, device: torch.device) -> Target:
    """The target most layers run on."""
    return Target(device)
