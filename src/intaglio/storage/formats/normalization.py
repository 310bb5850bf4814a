"""Normalizing a VGG: every channel rescaled so that its mean activation over photos is 1.

Gatys, Ecker & Bethge, Image Style Transfer Using Convolutional Neural Networks, CVPR 2016, section 2. ReLU and pooling commute
with positive factors, so dividing a channel by `m` and multiplying what the next layer reads of it by `m` changes no later
feature; one pass over the photos gives the means of all layers.

Departures:
- Photos are brought to a shorter side of 256 pixels and cut to the central square, so that each counts the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvips
import torch
from torch import Tensor

from intaglio.models.style.vgg_codec import CONVOLUTIONS, Encoder
from intaglio.vocabulary.errors import InputError

_SIDE = 256


@dataclass(frozen=True, kw_only=True)
class MeanActivations:
    """What the photos of a folder excite on average."""

    channels: dict[str, Tensor]
    """By layer ("conv1_1"): means after its ReLU, (C,) float64."""
    pictures: int
    """How many photos were seen."""
    unreadable: tuple[str, ...]
    """Names of files that are no pictures, or damaged ones."""


def find_photos(folder: Path) -> list[Path]:
    """All files below `folder` that are not hidden, sorted.

    Raises:
        InputError: not a folder, or without files.

    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; normalizing needs a folder of photos")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not files:
        raise InputError(f"{folder} holds no files; normalizing needs a folder of photos")
    return files


def mean_activations(encoder: Encoder, photos: Iterable[Path]) -> MeanActivations:
    """Means of every channel after its ReLU, over all photos and positions.

    Raises:
        InputError: none of the files is a picture.

    """
    names = CONVOLUTIONS[: len(encoder.config.widths)]
    sums = {name: torch.zeros(encoder.config.width_of(name), dtype=torch.float64) for name in names}
    pictures, unreadable = 0, []
    for path in photos:
        try:
            picture = _read(path)
        except pyvips.Error:
            unreadable.append(path.name)
            continue
        with torch.inference_mode():
            features = encoder.taps(picture, tuple(name.replace("conv", "relu") for name in names))
        for name in names:
            sums[name] += features[name.replace("conv", "relu")].double().mean((0, 2, 3))
        pictures += 1
    if not pictures:
        raise InputError(f"none of {len(unreadable)} files is a readable picture ({unreadable[0]}, ...); give photos")
    channels = {name: total / pictures for name, total in sums.items()}
    return MeanActivations(channels=channels, pictures=pictures, unreadable=tuple(unreadable))


def rescaled(state: Mapping[str, Tensor], means: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The encoder's state with every mean activation at 1; channels that never fire are left alone.

    Args:
        state: of an `Encoder` without embeddings.
        means: of all its layers, in the order in which they run; features are divided by them.

    """
    result = dict(state)
    before = torch.ones(3, dtype=torch.float64)
    for name, mean in means.items():
        after = torch.where(mean > 0, mean, 1.0)
        weight, bias = state[f"layers.{name}.weight"], state[f"layers.{name}.bias"]
        factors = before[None, :] / after[:, None]
        result[f"layers.{name}.weight"] = (weight.double() * factors[:, :, None, None]).to(weight.dtype)
        result[f"layers.{name}.bias"] = (bias.double() / after).to(bias.dtype)
        before = after
    return result


def _read(path: Path) -> Tensor:
    """(1, 3, 256, 256) RGB in [0, 1]."""
    square = pyvips.Image.thumbnail(str(path), _SIDE, height=_SIDE, crop="centre", fail_on="error", export_profile="srgb")
    square = square.colourspace("srgb")
    if square.hasalpha():
        square = square.flatten()
    pixels = np.asarray(square[:3].cast("uchar").numpy(), dtype=np.float32) / 255
    return torch.from_numpy(pixels).permute(2, 0, 1)[None]
