"""Batch normalization while training: what starts from random weights learns faster with it; nothing is left of it in the end.

Ioffe & Szegedy, Batch Normalization, ICML 2015. After training the means and variances of all the data are folded into the
convolutions (Jacob et al. 2018, eq. 14), so the encoder is the plain one again.
"""

from collections import OrderedDict
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from intaglio.models.style.vgg_codec import CONVOLUTIONS, Encoder


def normalize_(encoder: Encoder) -> None:
    """Put a batch normalization behind every convolution of the path; that of the color convolution has no weights."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for name, layer in encoder.layers.named_children():
        layers[name] = layer
        if isinstance(layer, nn.Conv2d):
            layers[f"normal_{name}"] = nn.BatchNorm2d(layer.out_channels, affine=name in CONVOLUTIONS)
    encoder.layers = nn.Sequential(layers)


@torch.no_grad()
def fold_(encoder: Encoder, pictures: Iterable[Tensor]) -> None:
    """Measure the normalizations on `pictures`, fold them into the convolutions, and take them out.

    Args:
        encoder: as `normalize_` made it.
        pictures: batches (N, 3, H, W) in [0, 1]; their statistics become those of the network.

    """
    norms = [layer for layer in encoder.layers if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain average over all batches
    encoder.train()
    for batch in pictures:
        encoder(batch)
    encoder.eval()
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    before: nn.Conv2d | None = None
    for name, layer in encoder.layers.named_children():
        if isinstance(layer, nn.BatchNorm2d):
            assert before is not None
            _fold_into_(before, layer)
        else:
            layers[name] = layer
        before = layer if isinstance(layer, nn.Conv2d) else None
    encoder.layers = nn.Sequential(layers)


def _fold_into_(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    """`gamma (W x + b - mu) / sigma + beta` is a convolution again."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    assert convolution.bias is not None
    scale = (norm.running_var.double() + norm.eps).rsqrt()
    shift = -norm.running_mean.double() * scale
    if norm.affine:
        scale, shift = scale * norm.weight.double(), shift * norm.weight.double() + norm.bias.double()
    convolution.weight.copy_(convolution.weight.double() * scale[:, None, None, None])
    convolution.bias.copy_(convolution.bias.double() * scale + shift)
