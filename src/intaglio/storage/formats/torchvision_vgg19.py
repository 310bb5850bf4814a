"""torchvision's VGG-19, trained on ImageNet, as an encoder up to relu5_1; on request normalized as Gatys et al. do.

torchvision normalizes pictures outside the network; here that is the color convolution, `(x - mean) / std`.

Departures:
- 3x3 convolutions pad by reflection, torchvision's by zeros: features differ next to the border.
- The classifier and the convolutions after relu5_1 are dropped.
"""

from pathlib import Path

import torch
from torch import Tensor

from intaglio.models.catalog import MODELS
from intaglio.models.style.vgg_codec import CONVOLUTIONS, CodecConfig, Encoder, depth_of
from intaglio.storage.foreign import read_state, sha256_of
from intaglio.storage.formats.normalization import find_photos, mean_activations, rescaled
from intaglio.storage.formats.renaming import chain_widths, rename
from intaglio.storage.import_format import ImportFormat, ImportOptions
from intaglio.storage.pretrained import Pretrained, Source, assemble

_FEATURES = tuple(f"features.{index}" for index in (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34))
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def _read(file: Path, options: ImportOptions) -> Pretrained:
    state = {key: tensor for key, tensor in read_state(file).items() if not key.startswith("classifier.")}
    widths = chain_widths(state, _FEATURES, inputs=3, where=str(file))
    depth = depth_of("relu5_1")
    layers = {key: f"layers.{name}" for key, name in zip(_FEATURES[:depth], CONVOLUTIONS, strict=False)}
    tensors = _color_convolution() | rename(state, layers, where=str(file), prefix="", spare=_FEATURES[depth:])
    source = Source(
        format=FORMAT.name,
        repository="https://github.com/pytorch/vision",
        license="BSD-3-Clause",
        files=((file.name, sha256_of(file)),),
        notes=("Pads by reflection where torchvision pads by zeros; classifier and layers after relu5_1 were dropped.",),
    )
    config = CodecConfig(cut="relu5_1", widths=widths[:depth])
    note = "Not normalized: channels differ widely in scale."
    if options.normalize_on is not None:
        tensors, note = _normalized(tensors, config, options.normalize_on)
    source = source.model_copy(update={"notes": (*source.notes, note)})
    return assemble(MODELS["vgg-encoder"], config, tensors, source=source, where=str(file))


def _color_convolution() -> dict[str, Tensor]:
    mean, std = torch.tensor(_MEAN), torch.tensor(_STD)
    return {"layers.conv0.weight": torch.diag(1 / std)[:, :, None, None], "layers.conv0.bias": -mean / std}


def _normalized(tensors: dict[str, Tensor], config: CodecConfig, folder: Path) -> tuple[dict[str, Tensor], str]:
    """The rescaled weights, and a sentence on what they were normalized on."""
    encoder = Encoder(config)
    encoder.load_state_dict(tensors)
    means = mean_activations(encoder, find_photos(folder))
    note = f"Normalized: the mean activation of every channel over {means.pictures} pictures is 1."
    if means.unreadable:
        names = ", ".join(means.unreadable[:5]) + (", ..." if len(means.unreadable) > 5 else "")
        note += f" {len(means.unreadable)} files could not be read as pictures: {names}."
    return rescaled(tensors, means.channels), note


FORMAT = ImportFormat(
    name="torchvision-vgg19",
    title="torchvision's VGG-19 (ImageNet), normalized on request",
    model="vgg-encoder",
    takes="file",
    holds="the state dict of torchvision.models.vgg19",
    normalizes=True,
    read=_read,
)
