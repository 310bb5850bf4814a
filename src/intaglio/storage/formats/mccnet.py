"""MCCNet as published by diyiiyiii/MCCNet: the normalized VGG-19, a module, a decoder.

Departures:
- `MCCN.h`, which stands in the published file and is used by nothing, is dropped.
"""

from pathlib import Path

from intaglio.models.catalog import MODELS
from intaglio.models.style.mccnet import MCCNetConfig, refuse_zeros
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.storage.foreign import read_state, sha256_of
from intaglio.storage.formats.mirrored_decoder import read_decoder
from intaglio.storage.formats.renaming import rename
from intaglio.storage.formats.vgg_normalised import read_encoder
from intaglio.storage.import_format import ImportFormat, ImportOptions
from intaglio.storage.pretrained import Pretrained, Source, assemble

_FILES = ("vgg_normalised.pth", "mcc_module_iter_160000.pth", "decoder_iter_160000.pth")
_LAYERS = {"MCCN.f": "query", "MCCN.g": "key", "MCCN.out_conv": "out", "MCCN.fc": "fused"}
_UNUSED = "MCCN.h"


def _read(folder: Path, _: ImportOptions) -> Pretrained:
    encoder_file, module_file, decoder_file = (folder / name for name in _FILES)
    widths, tensors = read_encoder(encoder_file, "relu4_1", prefix="encoder.")
    tensors |= read_decoder(decoder_file, widths, prefix="decoder.")
    module = read_state(module_file)
    tensors |= rename(module, _LAYERS, where=str(module_file), prefix="correlation.", spare=[_UNUSED])
    refuse_zeros(module["MCCN.g.bias"], f"{module_file}: MCCN.g.bias")
    notes = ["The convolutions after relu4_1 were checked and dropped; as a loss network, import vgg_normalised.pth by itself."]
    if any(key.startswith(f"{_UNUSED}.") for key in module):
        notes.append(f"{_UNUSED}, which nothing uses, was dropped.")
    source = Source(
        format=FORMAT.name,
        repository="https://github.com/diyiiyiii/MCCNet",
        files=tuple((name, sha256_of(folder / name)) for name in _FILES),
        notes=tuple(notes),
    )
    config = MCCNetConfig(encoder=CodecConfig(cut="relu4_1", widths=widths, pooling="ceil", decoder_relu=False))
    return assemble(MODELS["mccnet"], config, tensors, source=source, where=str(folder))


FORMAT = ImportFormat(
    name="mccnet",
    title="MCCNet of diyiiyiii/MCCNet, full size",
    model="mccnet",
    takes="folder",
    holds="vgg_normalised.pth, mcc_module_iter_160000.pth and decoder_iter_160000.pth",
    read=_read,
)
