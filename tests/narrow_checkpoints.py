"""Published files made small: the normalized VGG-19 and the decoder that mirrors it, two channels a layer."""

from pathlib import Path

import torch
from torch import Tensor

_VGG = (2, 5, 9, 12, 16, 19, 22, 25, 29, 32, 35, 38, 42, 45, 48, 51)
_DECODER = (1, 5, 8, 11, 14, 18, 21, 25, 28)


def layer(name: str, *shape: int) -> dict[str, Tensor]:
    """Weights of this shape and biases, the same for the same name."""
    generator = torch.Generator().manual_seed(sum(name.encode()))
    return {f"{name}.weight": torch.randn(shape, generator=generator), f"{name}.bias": torch.ones(shape[0])}


def publish_codec(folder: Path, *, inputs: int = 2) -> None:
    """`vgg_normalised.pth` and `decoder_iter_160000.pth`; the decoder takes so many channels."""
    vgg = layer("0", 3, 3, 1, 1)
    decoder: dict[str, Tensor] = {}
    for index in _VGG:
        vgg |= layer(str(index), 2, 3 if index == _VGG[0] else 2, 3, 3)
    for index in _DECODER:
        decoder |= layer(str(index), 3 if index == _DECODER[-1] else 2, inputs if index == _DECODER[0] else 2, 3, 3)
    torch.save(vgg, folder / "vgg_normalised.pth")
    torch.save(decoder, folder / "decoder_iter_160000.pth")
