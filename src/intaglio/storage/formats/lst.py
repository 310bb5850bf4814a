"""LST as published by sunshineatnoon/LinearStyleTransfer: an encoder, a decoder and a transformation at relu4_1 or relu3_1.

Files are called after the layer, `vgg_r41.pth`, `dec_r41.pth` and `r41.pth`, or the same with `r31`; convolutions are numbered
through encoder and decoder. The folder as published holds both networks; relu4_1 is the authors' default. Beside them stands
the loss network, `vgg_r51.pth`, one for both.

Departures: none.
"""

from pathlib import Path

from torch import Tensor

from intaglio.models.catalog import MODELS
from intaglio.models.style.lst import LSTConfig
from intaglio.models.style.vgg_codec import CodecConfig, Cut, depth_of
from intaglio.storage.foreign import read_state, sha256_of
from intaglio.storage.formats.mirrored_decoder import read_decoder
from intaglio.storage.formats.renaming import chain_widths, rename
from intaglio.storage.formats.vgg_normalised import read_encoder
from intaglio.storage.import_format import ImportFormat, ImportOptions
from intaglio.storage.pretrained import Pretrained, Source, assemble
from intaglio.vocabulary.errors import WeightsError

_LAYERS: dict[Cut, str] = {"relu4_1": "r41", "relu3_1": "r31"}
_LOSS_NETWORK = "vgg_r51.pth"
_REPOSITORY, _LICENSE = "https://github.com/sunshineatnoon/LinearStyleTransfer", "BSD-2-Clause"


def _read(folder: Path, options: ImportOptions) -> Pretrained:
    cut = options.cut or _found(folder)
    layer, depth = _LAYERS[cut], depth_of(cut)
    names = [f"vgg_{layer}.pth", f"dec_{layer}.pth", f"{layer}.pth"]
    encoder_file, decoder_file, transform_file = (folder / name for name in names)
    widths, encoder = read_encoder(encoder_file, cut, prefix="encoder.", keys=_numbered(1, depth + 1))
    tensors = encoder | read_decoder(decoder_file, widths, prefix="decoder.", keys=_numbered(depth + 2, depth))
    size, transform = _read_transform(transform_file, widths[-1])
    notes = [_compared(folder / _LOSS_NETWORK, encoder)] if (folder / _LOSS_NETWORK).exists() else []
    notes += [
        f"The folder holds a network at {other} too, which `--cut {other}` imports."
        for other, theirs in _LAYERS.items()
        if other != cut and (folder / f"{theirs}.pth").exists()
    ]
    source = Source(
        format=FORMAT.name,
        repository=_REPOSITORY,
        license=_LICENSE,
        files=tuple((name, sha256_of(folder / name)) for name in names),
        notes=tuple(notes),
    )
    config = LSTConfig(codec=CodecConfig(cut=cut, widths=widths, decoder_relu=False), matrix=size)
    return assemble(MODELS[FORMAT.model], config, tensors | transform, source=source, where=str(folder))


def _found(folder: Path) -> Cut:
    """The first network that is there."""
    for cut, layer in _LAYERS.items():
        if (folder / f"{layer}.pth").exists():
            return cut
    names = " nor ".join(f"{layer}.pth" for layer in _LAYERS.values())
    raise WeightsError(f"{folder} has neither {names}; {FORMAT.name} takes a folder with {FORMAT.holds}")


def _numbered(first: int, count: int) -> tuple[str, ...]:
    return tuple(f"conv{number}" for number in range(first, first + count))


def _read_transform(file: Path, channels: int) -> tuple[int, dict[str, Tensor]]:
    """K, and the weights of the transformation under our keys."""
    state = read_state(file)
    layers = {"compress": "compress", "unzip": "expand"}
    for theirs, ours in (("snet", "style"), ("cnet", "content")):
        layers[f"{theirs}.fc"] = f"{ours}.linear"
        layers |= {f"{theirs}.convs.{2 * index}": f"{ours}.layers.conv{index + 1}" for index in range(3)}
    tensors = rename(state, layers, where=str(file), prefix="transform.")
    widths = chain_widths(state, [f"snet.convs.{2 * index}" for index in range(3)], inputs=channels, where=str(file))
    return widths[-1], tensors


def _compared(file: Path, encoder: dict[str, Tensor]) -> str:
    """What there is to say of the loss network beside this encoder."""
    _, deeper = read_encoder(file, "relu5_1", prefix="encoder.", keys=_numbered(1, depth_of("relu5_1") + 1))
    same = all(deeper[key].shape == tensor.shape and bool((deeper[key] == tensor).all()) for key, tensor in encoder.items())
    front = "goes on where the encoder ends, with the same weights" if same else "has other weights than the encoder"
    return f"The loss network {file.name} {front}; `intaglio import {LOSS_NETWORK.name}` takes it."


def _read_loss_network(file: Path, _: ImportOptions) -> Pretrained:
    widths, tensors = read_encoder(file, "relu5_1", prefix="", keys=_numbered(1, depth_of("relu5_1") + 1))
    source = Source(format=LOSS_NETWORK.name, repository=_REPOSITORY, license=_LICENSE, files=((file.name, sha256_of(file)),))
    return assemble(
        MODELS[LOSS_NETWORK.model], CodecConfig(cut="relu5_1", widths=widths), tensors, source=source, where=str(file)
    )


FORMAT = ImportFormat(
    name="lst",
    title="LST of sunshineatnoon/LinearStyleTransfer, full size, at relu4_1 or relu3_1",
    model="lst",
    takes="folder",
    holds="vgg_r41.pth, dec_r41.pth and r41.pth, or the same of r31",
    cuts=tuple(_LAYERS),
    read=_read,
)
LOSS_NETWORK = ImportFormat(
    name="lst-loss-network",
    title="normalized VGG-19 of sunshineatnoon/LinearStyleTransfer, the loss network of LST",
    model="vgg-encoder",
    takes="file",
    holds="vgg_r51.pth, the state dict of 14 numbered convolutions",
    read=_read_loss_network,
)
