"""The normalized VGG-19 that most style-transfer codes share, `vgg_normalised.pth`: an encoder up to relu5_1.

A state dict of one `nn.Sequential` with padding, convolution, ReLU and pooling as modules of their own; the color
convolution is part of it and pools keep an odd last row (`ceil_mode=True`). Made from Gatys' normalized Caffe model.

Departures:
- The three convolutions after relu5_1 are checked but not kept; nothing here looks that deep.
"""

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from intaglio.models.catalog import MODELS
from intaglio.models.style.vgg_codec import CONVOLUTIONS, CodecConfig, Cut, depth_of
from intaglio.storage.foreign import read_state, sha256_of
from intaglio.storage.formats.renaming import chain_widths, rename
from intaglio.storage.import_format import ImportFormat, ImportOptions
from intaglio.storage.pretrained import Pretrained, Source, assemble

COLOR = "0"
"""Key of the 1x1 color convolution."""
SEQUENTIAL = ("2", "5", "9", "12", "16", "19", "22", "25", "29", "32", "35", "38", "42", "45", "48", "51")
"""Keys of the 3x3 convolutions, in the order of `CONVOLUTIONS`: positions in the `nn.Sequential`."""


def read_encoder(
    file: Path, cut: Cut, *, prefix: str, keys: Sequence[str] = (COLOR, *SEQUENTIAL)
) -> tuple[tuple[int, ...], dict[str, Tensor]]:
    """Widths and weights, under our keys, of the encoder up to `cut`; the layers beyond are checked and dropped.

    Args:
        file: the state dict.
        cut: where the encoder is to end.
        prefix: put before every key.
        keys: names of the convolutions in the file, that of the colors first.

    Raises:
        WeightsError: the file is damaged, unsafe or another network.

    """
    state = read_state(file)
    color, *chain = keys
    widths = chain_widths(state, chain, inputs=3, where=str(file))
    depth = depth_of(cut)
    layers = {color: "layers.conv0"}
    layers |= {key: f"layers.{name}" for key, name in zip(chain[:depth], CONVOLUTIONS, strict=False)}
    return widths[:depth], rename(state, layers, where=str(file), prefix=prefix, spare=chain[depth:])


def _read(file: Path, _: ImportOptions) -> Pretrained:
    widths, tensors = read_encoder(file, "relu5_1", prefix="")
    source = Source(
        format=FORMAT.name,
        repository="https://github.com/naoto0804/pytorch-AdaIN",
        files=((file.name, sha256_of(file)),),
        notes=("The convolutions after relu5_1 were checked and dropped.",),
    )
    config = CodecConfig(cut="relu5_1", widths=widths, pooling="ceil")
    return assemble(MODELS["vgg-encoder"], config, tensors, source=source, where=str(file))


FORMAT = ImportFormat(
    name="vgg-normalised",
    title="normalized VGG-19 (vgg_normalised.pth), the usual loss network of style transfer",
    model="vgg-encoder",
    takes="file",
    holds="the state dict of the sequential VGG-19, all 17 convolutions",
    read=_read,
)
