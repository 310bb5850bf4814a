"""How weights of GANs are drawn before they are trained: three ways, by name, of which each recipe names one.

    xavier-uniform   convolutions as in Glorot & Bengio, AISTATS 2010, eq. 16; scales of batches around 1: SNGAN of GAN-LTH
    normal           convolutions from N(0, 0.02); scales of batches around 1: DCGAN (Radford et al. 2016), CycleGAN
    orthogonal       all layers as in Saxe, McClelland & Ganguli, ICLR 2014, biases zero: the networks of StudioGAN

What is not named keeps what it was built with. Torch's generator is drawn from.

Departures:
- Vectors of spectral normalization are found anew for the weights that were drawn, so that a fresh network can be evaluated.
"""

from collections.abc import Callable

import torch
from torch import nn

from intaglio.models.gan.spectral import SpectralNorm
from intaglio.vocabulary.catalog import Catalog

_DEVIATION = 0.02
_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


@torch.no_grad()
def _xavier_uniform_(network: nn.Module) -> None:
    for layer in network.modules():
        if isinstance(layer, _CONVOLUTIONS):
            nn.init.xavier_uniform_(layer.weight)
    _finish_(network)


@torch.no_grad()
def _normal_(network: nn.Module) -> None:
    for layer in network.modules():
        if isinstance(layer, _CONVOLUTIONS):
            nn.init.normal_(layer.weight, std=_DEVIATION)
    _finish_(network)


@torch.no_grad()
def _orthogonal_(network: nn.Module) -> None:
    for layer in network.modules():
        if isinstance(layer, (*_CONVOLUTIONS, nn.Linear)):
            nn.init.orthogonal_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    _find_vectors_(network)


def _finish_(network: nn.Module) -> None:
    """Scales and shifts of batch normalization, and vectors."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d) and layer.affine:
            nn.init.normal_(layer.weight, 1.0, _DEVIATION)
            nn.init.zeros_(layer.bias)
    _find_vectors_(network)


def _find_vectors_(network: nn.Module) -> None:
    for layer in network.modules():
        if isinstance(layer, SpectralNorm):
            layer.find_vectors_()


INITIALIZATIONS: Catalog[Callable[[nn.Module], None]] = Catalog(
    "initialization", [("xavier-uniform", _xavier_uniform_), ("normal", _normal_), ("orthogonal", _orthogonal_)]
)
"""From a name to what draws the weights of a network anew, in place."""
