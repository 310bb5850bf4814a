"""SANet as published by GlebSBrykin/SANET: the normalized VGG-19, a transformer, a decoder.

Departures: none.
"""

from pathlib import Path

from intaglio.models.catalog import MODELS
from intaglio.models.style.sanet import SANetConfig
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.storage.foreign import read_state, sha256_of
from intaglio.storage.formats.mirrored_decoder import read_decoder
from intaglio.storage.formats.renaming import rename
from intaglio.storage.formats.vgg_normalised import read_encoder
from intaglio.storage.import_format import ImportFormat, ImportOptions
from intaglio.storage.pretrained import Pretrained, Source, assemble

ATTENTION = {"f": "query", "g": "key", "h": "value", "out_conv": "out"}
"""The four convolutions of an attention, their names and ours."""
_FILES = ("vgg_normalised.pth", "transformer_iter_500000.pth", "decoder_iter_500000.pth")


def _read(folder: Path, _: ImportOptions) -> Pretrained:
    encoder_file, transformer_file, decoder_file = (folder / name for name in _FILES)
    widths, tensors = read_encoder(encoder_file, "relu5_1", prefix="encoder.")
    tensors |= read_decoder(decoder_file, widths[:9], prefix="decoder.")
    layers = {"merge_conv": "merge"}
    for theirs, ours in (("sanet4_1", "fine"), ("sanet5_1", "coarse")):
        layers |= {f"{theirs}.{layer}": f"{ours}.{name}" for layer, name in ATTENTION.items()}
    tensors |= rename(read_state(transformer_file), layers, where=str(transformer_file), prefix="")
    source = Source(
        format=FORMAT.name,
        repository="https://github.com/GlebSBrykin/SANET",
        license="MIT",
        files=tuple((name, sha256_of(folder / name)) for name in _FILES),
        notes=("The convolutions after relu5_1 were checked and dropped.",),
    )
    config = SANetConfig(encoder=CodecConfig(cut="relu5_1", widths=widths, pooling="ceil", decoder_relu=False))
    return assemble(MODELS["sanet"], config, tensors, source=source, where=str(folder))


FORMAT = ImportFormat(
    name="sanet",
    title="SANet of GlebSBrykin/SANET, full size",
    model="sanet",
    takes="folder",
    holds="vgg_normalised.pth, transformer_iter_500000.pth and decoder_iter_500000.pth",
    read=_read,
)
