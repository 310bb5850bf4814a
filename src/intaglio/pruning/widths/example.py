"""`example_inputs`: noise that a network takes, to probe it with."""

import torch
from torch import Tensor, nn

from intaglio.models.card import ModelCard
from intaglio.models.gan.networks import Discriminator, Generator
from intaglio.models.style.network import StyleNetwork

# Of pictures that a style network is probed with: several positions at the deepest layer.
_SIDE = 64


def example_inputs(card: ModelCard, network: nn.Module, seed: int = 0) -> tuple[Tensor, ...]:
    """Noise that the network takes: a picture (1, 3, side, side), content and style, or what a GAN makes pictures of."""
    generator = torch.Generator().manual_seed(seed)
    if isinstance(network, Generator | Discriminator):
        return network.example(generator)
    styled = isinstance(network, StyleNetwork)
    side = max(card.smallest_side, _SIDE) if styled else card.smallest_side
    return tuple(torch.rand(1, 3, side, side, generator=generator) for _ in range(1 + styled))
