"""Masks in the folders of steps, and what is told of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from intaglio.images.atomic import replacing
from intaglio.pruning.mask import Mask
from intaglio.pruning.prunable import part_of
from intaglio.storage.packing import pack_mask, unpack_mask
from intaglio.storage.pretrained import Pretrained
from intaglio.studies.workspace import Workspace

_MASK = "mask.safetensors"


def keep_mask(mask: Mask, folder: Path) -> None:
    """Write the mask of a step."""
    with replacing(folder / _MASK, durable=True) as temporary:
        temporary.write_bytes(pack_mask(mask))


def kept_mask(workspace: Workspace, step: str) -> Mask:
    """The mask of a step."""
    path = workspace.step(step) / _MASK
    return unpack_mask(path.read_bytes(), str(path))


def tell_mask(mask: Mask, made: Pretrained) -> Mapping[str, Any]:
    """How much a mask keeps, in all and layer by layer.

    Args:
        mask: of the network.
        made: the network.

    """
    total = sum(parameter.numel() for parameter in made.network.parameters())
    layers = {
        name: {"weights": kept.numel(), "kept": int(kept.sum()), "part": part_of(made.card, name)}
        for name, kept in mask.items()
    }
    whole = {
        "weights": mask.count,
        "kept": mask.kept,
        "sparsity": mask.sparsity,
        "sparsity_of_parameters": mask.sparsity_of(total),
    }
    return {"mask": mask.digest(), **whole, "layers": layers}
