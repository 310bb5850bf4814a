"""What all checkpoints of VITA-Group/GAN-LTH have in common: how torch's pruning and spectral normalization name tensors.

A layer `c1` that was pruned has `c1.weight_orig` and `c1.weight_mask` in the place of `c1.weight`; one with spectral
normalization has `c1.weight_orig`, `c1.weight_u` and `c1.weight_v`. Both fit the same layer: the mask is that of `weight_orig`
then, `c1.weight_orig_orig` and `c1.weight_orig_mask`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from intaglio.models.catalog import MODELS
from intaglio.pruning.mask import Mask
from intaglio.storage.foreign import read_state, sha256_of
from intaglio.storage.pretrained import Pretrained, Source, assemble
from intaglio.storage.ticket import Ticket
from intaglio.vocabulary.errors import WeightsError

REPOSITORY = "https://github.com/VITA-Group/GAN-LTH"
_ORIGINAL, _MASK = "_orig", "_mask"
_SPECTRAL = {"weight_orig": "weight", "weight_u": "u", "weight_v": "v"}


@dataclass(frozen=True)
class Checkpoint:
    """The tensors of a file and the masks of those that were pruned, by their names there, a pruned weight as `weight`."""

    path: Path
    state: Mapping[str, Tensor]
    masks: Mapping[str, Tensor]

    def shape(self, name: str, dimensions: int = 4) -> tuple[int, ...]:
        """Of a tensor.

        Raises:
            WeightsError: there is none, or it has another number of dimensions.

        """
        tensor = self.state.get(name)
        if tensor is None or tensor.dim() != dimensions:
            found = "no tensor" if tensor is None else f"a tensor of shape {tuple(tensor.shape)} as"
            raise WeightsError(f"{self.path} has {found} {name!r}; it is a file of another network, or incomplete")
        return tuple(tensor.shape)


def read_checkpoint(path: Path, *, under: str | None = None, unused: tuple[str, ...] = ()) -> Checkpoint:
    """Read a file, pruned or not.

    Args:
        path: of a state dict, or of a dictionary that holds one.
        under: key of the state dict in that dictionary.
        unused: last parts of names that are dropped.

    Raises:
        WeightsError: the file is damaged or unsafe, or a mask does not fit its weight.

    """
    state = {key: one for key, one in read_state(path, under=under).items() if key.rpartition(".")[2] not in unused}
    masks: dict[str, Tensor] = {}
    for key in [key for key in state if key.endswith(_MASK)]:
        name = key.removesuffix(_MASK)
        weight, mask = state.pop(f"{name}{_ORIGINAL}", None), state.pop(key)
        if weight is None or weight.shape != mask.shape or not bool(((mask == 0) | (mask == 1)).all()):
            raise WeightsError(f"{path}: {key} is no mask of a tensor {name}{_ORIGINAL}; the file is damaged, get it again")
        # Not a product, which would leave negative zeros.
        state[name], masks[name] = weight.masked_fill(mask == 0, 0), mask.bool()
    return Checkpoint(path, state, masks)


def build_from(
    checkpoint: Checkpoint, model: str, described: Mapping[str, Any], layers: Mapping[str, str], source: Source
) -> Pretrained:
    """The network of a checkpoint, a ticket if it was pruned.

    Args:
        checkpoint: what was read.
        model: name in the catalog.
        described: its configuration.
        layers: names of layers there to names here.
        source: but for the file.

    Raises:
        WeightsError: tensors that are missing, left over or of another shape.

    """
    where = str(checkpoint.path)
    card = MODELS[model]
    config = card.config.parse(described, where=where)
    state = {_renamed(key, layers, where): tensor for key, tensor in checkpoint.state.items()}
    source = source.model_copy(update={"files": ((checkpoint.path.name, sha256_of(checkpoint.path)),)})
    made = assemble(card, config, state, source=source, where=where)
    if not checkpoint.masks:
        return made
    mask = Mask({_renamed(key, layers, where): kept for key, kept in checkpoint.masks.items()})
    return replace(made, ticket=Ticket(mask=mask))


def _renamed(key: str, layers: Mapping[str, str], where: str) -> str:
    layer, _, part = key.rpartition(".")
    if layer not in layers:
        raise WeightsError(f"{where} has an unexpected tensor {key!r}; it is a file of another network")
    return f"{layers[layer]}.{_SPECTRAL.get(part, part)}"
