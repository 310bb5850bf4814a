"""The published 16x networks of Collaborative Distillation: five small encoders and their decoders, as a WCT cascade.

Wang et al., CVPR 2020; github.com/MingSun-Tse/Collaborative-Distillation. Stage k is `kSE.pth` and `kSD.pth`, each
`{"epoch": ..., "model": {...}}`; a layer `conv21` is VGG's conv2_1, and `conv21_aux` its linear embedding.

Departures: none; the color convolution is loaded as it was trained, it has drifted from the Caffe mean.
"""

from pathlib import Path
from typing import cast

from torch import Tensor

from intaglio.models.catalog import MODELS
from intaglio.models.style.vgg_codec import CONVOLUTIONS, CodecConfig, Cut, depth_of
from intaglio.models.style.wct import WCTConfig
from intaglio.storage.foreign import read_state, sha256_of
from intaglio.storage.formats.renaming import chain_widths, rename
from intaglio.storage.import_format import ImportFormat, ImportOptions
from intaglio.storage.pretrained import Pretrained, Source, assemble
from intaglio.vocabulary.errors import WeightsError

_STAGES = (5, 4, 3, 2, 1)
_REPOSITORY = "https://github.com/MingSun-Tse/Collaborative-Distillation"


def _read(folder: Path, _: ImportOptions) -> Pretrained:
    files = [folder / f"{stage}{part}.pth" for stage in _STAGES for part in ("SE", "SD")]
    missing = [file.name for file in files if not file.exists()]
    if missing:
        raise WeightsError(f"{folder} has no {', '.join(missing[:3])}; 1SE.pth .. 5SE.pth and 1SD.pth .. 5SD.pth are needed")
    codecs: list[CodecConfig] = []
    tensors: dict[str, Tensor] = {}
    for position, stage in enumerate(_STAGES):
        codec, weights = _read_stage(folder, stage, prefix=f"stages.{position}")
        codecs.append(codec)
        tensors |= weights
    source = Source(
        format=FORMAT.name,
        repository=_REPOSITORY,
        license="MIT",
        files=tuple((file.name, sha256_of(file)) for file in files),
        notes=("Copyright (c) 2020 Huan Wang.", "Embeddings, which only training uses, are kept."),
    )
    return assemble(MODELS["wct"], WCTConfig(stages=tuple(codecs)), tensors, source=source, where=str(folder))


def _read_stage(folder: Path, stage: int, *, prefix: str) -> tuple[CodecConfig, dict[str, Tensor]]:
    """Configuration and weights, under our keys, of one encoder and its decoder."""
    cut = cast(Cut, f"relu{stage}_1")
    theirs = {name.replace("_", ""): name for name in CONVOLUTIONS[: depth_of(cut)]}
    encoder_file, decoder_file = folder / f"{stage}SE.pth", folder / f"{stage}SD.pth"
    encoder, decoder = read_state(encoder_file, under="model"), read_state(decoder_file, under="model")
    widths = chain_widths(encoder, list(theirs), inputs=3, where=str(encoder_file))
    heads = {f"{layer}_aux": name.replace("conv", "relu") for layer, name in theirs.items() if f"{layer}_aux.weight" in encoder}
    codec = CodecConfig(
        cut=cut,
        widths=widths,
        pooling="floor",
        decoder_relu=True,
        embedded=tuple((relu, len(encoder[f"{head}.weight"])) for head, relu in heads.items()),
    )
    layers = {"conv0": "layers.conv0"}
    layers |= {layer: f"layers.{name}" for layer, name in theirs.items()}
    layers |= {head: f"embeddings.{relu}" for head, relu in heads.items()}
    tensors = rename(encoder, layers, where=str(encoder_file), prefix=f"{prefix}.encoder.")
    tensors |= rename(decoder, theirs, where=str(decoder_file), prefix=f"{prefix}.decoder.")
    return codec, tensors


FORMAT = ImportFormat(
    name="collaborative-distillation-16x",
    title="WCT of Collaborative Distillation, 16x compressed, five stages",
    model="wct",
    takes="folder",
    holds="1SE.pth .. 5SE.pth and 1SD.pth .. 5SD.pth",
    read=_read,
)
