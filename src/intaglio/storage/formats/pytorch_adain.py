"""AdaIN as published by naoto0804/pytorch-AdaIN: the normalized VGG-19 and one decoder.

`decoder.pth` is the state dict of an `nn.Sequential` that mirrors the encoder from relu4_1 and ends linearly.

Departures: none.
"""

from pathlib import Path

from intaglio.models.catalog import MODELS
from intaglio.models.style.adain import AdaINConfig
from intaglio.models.style.vgg_codec import CONVOLUTIONS, CodecConfig, depth_of
from intaglio.storage.foreign import read_state, sha256_of
from intaglio.storage.formats.renaming import chain_widths, rename
from intaglio.storage.formats.vgg_normalised import read_encoder
from intaglio.storage.import_format import ImportFormat, ImportOptions
from intaglio.storage.pretrained import Pretrained, Source, assemble
from intaglio.vocabulary.errors import WeightsError

# Positions in the decoder's nn.Sequential, in the order in which they run: conv4_1 first, conv1_1 last.
_DECODER = ("1", "5", "8", "11", "14", "18", "21", "25", "28")


def _read(folder: Path, _: ImportOptions) -> Pretrained:
    encoder_file, decoder_file = folder / "vgg_normalised.pth", folder / "decoder.pth"
    widths, tensors = read_encoder(encoder_file, "relu4_1", prefix="stages.0.encoder.")
    decoder = read_state(decoder_file)
    found = chain_widths(decoder, _DECODER, inputs=widths[-1], where=str(decoder_file))
    mirrored = (*widths[-2::-1], 3)
    if found != mirrored:
        raise WeightsError(f"{decoder_file} has widths {found}, its encoder asks for {mirrored}; they do not belong together")
    ours = reversed(CONVOLUTIONS[: depth_of("relu4_1")])
    tensors |= rename(decoder, dict(zip(_DECODER, ours, strict=True)), where=str(decoder_file), prefix="stages.0.decoder.")
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
