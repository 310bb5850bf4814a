"""AdaIN as published by naoto0804/pytorch-AdaIN: the normalized VGG-19 and one decoder.

`decoder.pth` is the state dict of an `nn.Sequential` that mirrors the encoder from relu4_1 and ends linearly.

Departures: none.
"""

from pathlib import Path

from intaglio.models.catalog import MODELS
from intaglio.models.style.adain import AdaINConfig
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.storage.foreign import sha256_of
from intaglio.storage.formats.mirrored_decoder import read_decoder
from intaglio.storage.formats.vgg_normalised import read_encoder
from intaglio.storage.import_format import ImportFormat, ImportOptions
from intaglio.storage.pretrained import Pretrained, Source, assemble


def _read(folder: Path, _: ImportOptions) -> Pretrained:
    encoder_file, decoder_file = folder / "vgg_normalised.pth", folder / "decoder.pth"
    widths, tensors = read_encoder(encoder_file, "relu4_1", prefix="stages.0.encoder.")
    tensors |= read_decoder(decoder_file, widths, prefix="stages.0.decoder.")
    source = Source(
        format=FORMAT.name,
        repository="https://github.com/naoto0804/pytorch-AdaIN",
        license="MIT",
        files=tuple((file.name, sha256_of(file)) for file in (encoder_file, decoder_file)),
        notes=("The convolutions after relu4_1 were checked and dropped.",),
    )
    config = AdaINConfig(codec=CodecConfig(cut="relu4_1", widths=widths, pooling="ceil", decoder_relu=False))
    return assemble(MODELS["adain"], config, tensors, source=source, where=str(folder))


FORMAT = ImportFormat(
    name="pytorch-adain",
    title="AdaIN of naoto0804/pytorch-AdaIN, full size",
    model="adain",
    takes="folder",
    holds="vgg_normalised.pth and decoder.pth",
    read=_read,
)
