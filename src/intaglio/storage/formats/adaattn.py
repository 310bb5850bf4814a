"""AdaAttN as published by Huage001/AdaAttN: the normalized VGG-19, a unit at relu3_1, a transformer, a decoder in two parts.

Departures:
- Only the published configuration is read, with its options skip_connection_3 and shallow_layer; checkpoints without either,
  and the one for video, are refused.
"""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from intaglio.models.catalog import MODELS
from intaglio.models.style.adaattn import AdaAttNConfig
from intaglio.models.style.vgg_codec import CONVOLUTIONS, CodecConfig, depth_of
from intaglio.storage.foreign import read_state, sha256_of
from intaglio.storage.formats.renaming import chain_widths, rename
from intaglio.storage.formats.vgg_normalised import read_encoder
from intaglio.storage.import_format import ImportFormat, ImportOptions
from intaglio.storage.pretrained import Pretrained, Source, assemble
from intaglio.vocabulary.errors import WeightsError

_FILES = ("vgg_normalised.pth", "latest_net_adaattn_3.pth", "latest_net_transformer.pth", "latest_net_decoder.pth")
_ATTENTION = {"f": "query", "g": "key", "h": "value"}
# The decoder's convolutions in the order in which they run: conv4_1 first, conv1_1 last. The join stands before the second.
_DECODER = ("decoder_layer_1.1", *(f"decoder_layer_2.{position}" for position in (1, 4, 7, 10, 14, 17, 21, 24)))
_ONLY = "only networks with skip_connection_3 and shallow_layer, as published, are supported"


def _read(folder: Path, _: ImportOptions) -> Pretrained:
    encoder_file, unit_file, transformer_file, decoder_file = (folder / name for name in _FILES)
    if not unit_file.exists():
        raise WeightsError(f"there is no file {unit_file}; {_ONLY}")
    widths, tensors = read_encoder(encoder_file, "relu5_1", prefix="encoder.")
    tensors |= _read_decoder(decoder_file, widths)
    keys = sum(widths[depth_of(cut) - 1] for cut in ("relu1_1", "relu2_1", "relu3_1"))
    unit, transformer = read_state(unit_file), read_state(transformer_file)
    _require_inputs(unit, "f", keys, unit_file)
    _require_inputs(transformer, "attn_adain_4_1.f", keys + widths[depth_of("relu4_1") - 1], transformer_file)
    tensors |= rename(unit, _ATTENTION, where=str(unit_file), prefix="attention3.")
    layers = {"merge_conv": "merge"}
    for level in (4, 5):
        layers |= {f"attn_adain_{level}_1.{layer}": f"attention{level}.{name}" for layer, name in _ATTENTION.items()}
    tensors |= rename(transformer, layers, where=str(transformer_file), prefix="")
    source = Source(
        format=FORMAT.name,
        repository="https://github.com/Huage001/AdaAttN",
        license="Apache-2.0",
        files=tuple((name, sha256_of(folder / name)) for name in _FILES),
        notes=("The convolutions after relu5_1 were checked and dropped.",),
    )
    config = AdaAttNConfig(encoder=CodecConfig(cut="relu5_1", widths=widths, pooling="ceil", decoder_relu=False))
    return assemble(MODELS["adaattn"], config, tensors, source=source, where=str(folder))


def _read_decoder(file: Path, widths: tuple[int, ...]) -> dict[str, Tensor]:
    """The decoder's weights under our keys; its second convolution takes the first one's result beside relu3_1."""
    decoder = read_state(file)
    mirrored = widths[: depth_of("relu4_1")]
    first, *rest = _DECODER
    joined = mirrored[-2] + widths[depth_of("relu3_1") - 1]
    _require_inputs(decoder, rest[0], joined, file)
    found = (
        *chain_widths(decoder, [first], inputs=mirrored[-1], where=str(file)),
        *chain_widths(decoder, rest, inputs=joined, where=str(file)),
    )
    if found != (*mirrored[-2::-1], 3):
        raise WeightsError(
            f"{file} has widths {found}, its encoder asks for {(*mirrored[-2::-1], 3)}; they do not belong together"
        )
    ours = reversed(CONVOLUTIONS[: len(mirrored)])
    return rename(decoder, dict(zip(_DECODER, ours, strict=True)), where=str(file), prefix="decoder.")


def _require_inputs(state: Mapping[str, Tensor], layer: str, inputs: int, file: Path) -> None:
    """Raise WeightsError where a layer takes fewer channels, as without one of the options."""
    weight = state.get(f"{layer}.weight")
    if weight is not None and weight.shape[1:2] != (inputs,):
        raise WeightsError(
            f"{file}: {layer} has a weight of shape {tuple(weight.shape)}, which does not take {inputs} channels; {_ONLY}"
        )


FORMAT = ImportFormat(
    name="adaattn",
    title="AdaAttN of Huage001/AdaAttN, full size",
    model="adaattn",
    takes="folder",
    holds="vgg_normalised.pth, latest_net_adaattn_3.pth, latest_net_transformer.pth and latest_net_decoder.pth",
    read=_read,
)
