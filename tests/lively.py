"""Random weights that let a picture through networks of a few channels."""

import torch
from torch import nn

from intaglio.models.gan.spectral import SpectralNorm


@torch.no_grad()
def enliven_(network: nn.Module, seed: int = 0) -> None:
    """Keep the size of the signal from layer to layer (He et al. 2015), with biases that keep channels from dying."""
    generator = torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            if layer.bias is not None:
                layer.bias.uniform_(0.0, 0.3, generator=generator)
        if isinstance(layer, SpectralNorm):
            layer.find_vectors_()
