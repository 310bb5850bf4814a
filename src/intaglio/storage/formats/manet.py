"""MANet as published by diyiiyiii: the normalized VGG-19, a module of three attentions, a decoder.

Departures: none.
"""

from pathlib import Path

from intaglio.models.catalog import MODELS
from intaglio.models.style.manet import MANetConfig
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.storage.foreign import read_state, sha256_of
from intaglio.storage.formats.mirrored_decoder import read_decoder
from intaglio.storage.formats.renaming import rename
from intaglio.storage.formats.sanet import ATTENTION
from intaglio.storage.formats.vgg_normalised import read_encoder
from intaglio.storage.import_format import ImportFormat, ImportOptions
from intaglio.storage.pretrained import Pretrained, Source, assemble

_FILES = ("vgg_normalised.pth", "ma_module_iter_160000.pth", "decoder_iter_160000.pth")
# The self-attentions of content and style, and the co-adaptation.
_UNITS = {"CSA": "content", "SSA": "style", "CA": "joint"}


def _read(folder: Path, _: ImportOptions) -> Pretrained:
    encoder_file, module_file, decoder_file = (folder / name for name in _FILES)
    widths, tensors = read_encoder(encoder_file, "relu4_1", prefix="encoder.")
    tensors |= read_decoder(decoder_file, widths, prefix="decoder.")
    layers = {f"{unit}.{layer}": f"{ours}.{name}" for unit, ours in _UNITS.items() for layer, name in ATTENTION.items()}
    tensors |= rename(read_state(module_file), layers, where=str(module_file), prefix="")
    source = Source(
        format=FORMAT.name,
        repository="https://github.com/diyiiyiii/Arbitrary-Style-Transfer-via-Multi-Adaptation-Network",
        files=tuple((name, sha256_of(folder / name)) for name in _FILES),
        notes=("The convolutions after relu4_1, which only its losses use, were checked and dropped.",),
    )
    config = MANetConfig(encoder=CodecConfig(cut="relu4_1", widths=widths, pooling="ceil", decoder_relu=False))
    return assemble(MODELS["manet"], config, tensors, source=source, where=str(folder))


FORMAT = ImportFormat(
    name="manet",
    title="MANet of diyiiyiii/Arbitrary-Style-Transfer-via-Multi-Adaptation-Network, full size",
    model="manet",
    takes="folder",
    holds="vgg_normalised.pth, ma_module_iter_160000.pth and decoder_iter_160000.pth",
    read=_read,
)
