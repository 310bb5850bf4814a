"""Statistics of sets of pictures, kept in a folder, so that a set is seen once by each feature network.

A file is named by the digest of what decides its content and holds the sums of the moments in float64, so that what comes back
is the same to the bit; and the features of every picture, where a metric has asked for them. Every tensor stands with its
SHA-256. A file that is damaged, or of something else, counts as none.
"""

import hashlib
import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from intaglio.images.atomic import replacing
from intaglio.images.failures import unwritable
from intaglio.metrics.set_features import SetFeatures
from intaglio.models.style.moments import Moments
from intaglio.vocabulary.spec import Spec

# One entry: several have no order that stays.
_FACTS, _FEATURES = "facts", "features"
_SUMS = ("count", "sum", "square", "sum_rest", "square_rest")


class StatisticsKey(Spec):
    """What decides the statistics of a set."""

    pictures: str
    """Digest of the pictures."""
    network: str
    """Digest of the feature network."""
    resize: str
    """How pictures come to the size that it takes."""


def read_statistics(folder: Path, key: StatisticsKey, *, features: bool) -> SetFeatures | None:
    """What the folder has of a set; None where that is nothing, damaged, or without the features that are asked for."""
    try:
        with safe_open(_path(folder, key), framework="pt") as file:
            facts = json.loads((file.metadata() or {}).get(_FACTS, "{}"))
            if facts.get("key") != key.canonical_json():
                return None
            found = {name: file.get_tensor(name) for name in (*_SUMS, *([_FEATURES] if features else []))}
    except (SafetensorError, OSError, ValueError):
        return None
    if any(facts.get(name) != _sha256(tensor) for name, tensor in found.items()):
        return None
    moments = Moments(len(found["sum"]), full=True).restore(found)
    return SetFeatures(moments=moments, features=found.get(_FEATURES))


def write_statistics(folder: Path, key: StatisticsKey, found: SetFeatures) -> None:
    """Keep the moments of a set, and its features if they were gathered; the file appears complete or not at all.

    Raises:
        ResourceError: the folder cannot be made or written to.

    """
    tensors = found.moments.state()
    if found.features is not None:
        tensors[_FEATURES] = found.features
    path = _path(folder, key)
    facts = {"key": key.canonical_json(), **{name: _sha256(tensor) for name, tensor in tensors.items()}}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(path, durable=True) as temporary:
            save_file(tensors, temporary, {_FACTS: json.dumps(facts, sort_keys=True)})
    except (OSError, SafetensorError) as error:
        raise unwritable(path, error) from None


def _path(folder: Path, key: StatisticsKey) -> Path:
    return folder / f"{key.digest()}.safetensors"


def _sha256(tensor: Tensor) -> str:
    assert tensor.device == torch.device("cpu")
    return hashlib.sha256(tensor.contiguous().numpy().data).hexdigest()
