"""How tickets and masks are packed: a bit for each weight that may go, and the values of those that are kept.

The file `ticket.safetensors` holds, for every tensor of the network,

    mask.NAME     uint8, eight weights to a byte, of a tensor that the mask names
    kept.NAME     its weights that are kept, in order
    shape.NAME    its sides
    whole.NAME    a tensor that the mask does not name

At 89.2 % sparsity that is a seventh of the dense file in float32: a bit in 32, and 10.8 % of the weights.
"""

import math
from collections.abc import Mapping

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from intaglio.pruning.mask import Mask
from intaglio.pruning.packed import Packed
from intaglio.vocabulary.errors import WeightsError

_MASK, _KEPT, _SHAPE, _WHOLE = "mask", "kept", "shape", "whole"


def pack(state: Mapping[str, Tensor], mask: Mask, dtype: torch.dtype | None = None) -> bytes:
    """The content of `ticket.safetensors`; the same weights give the same bytes.

    Args:
        state: of the network, pruned weights zero.
        mask: of some of its tensors.
        dtype: in which weights are stored; their own if None.

    Raises:
        WeightsError: the mask is of another network, or a weight that it prunes is not zero.

    """
    mask.refuse_other(state)
    tensors = _packed(mask)
    for name, kept in mask.items():
        weight = state[name].detach().cpu()
        if bool(weight[~kept].any()):
            raise WeightsError(f"{name} has weights that are pruned and not zero; apply the mask first")
        tensors[f"{_KEPT}.{name}"] = weight[kept].to(dtype)
    whole = {name: one.detach().cpu().to(dtype).contiguous() for name, one in state.items() if name not in mask}
    return save(tensors | {f"{_WHOLE}.{name}": one for name, one in whole.items()})


def unpack(tensors: Mapping[str, Tensor], where: str) -> tuple[dict[str, Tensor], Mask]:
    """The network's state and the mask, of the tensors of `ticket.safetensors`.

    Args:
        tensors: as they were read.
        where: how messages call the place they came from.

    Raises:
        WeightsError: they are not those of a ticket, or damaged.

    """
    parts = _by_kind(tensors, where)
    mask, state = _unpacked(parts, where), parts[_WHOLE]
    if mask.keys() != parts[_KEPT].keys():
        raise WeightsError(f"{where} is damaged: masks and weights are of other tensors; pack it again")
    for name, bits in mask.items():
        kept = parts[_KEPT][name]
        if kept.shape != (int(bits.sum()),):
            raise WeightsError(f"{where} is damaged: {name} has {kept.numel():,} weights for {int(bits.sum()):,} places")
        state[name] = torch.zeros(bits.shape, dtype=kept.dtype).masked_scatter_(bits, kept)
    return state, mask


def packed_parts(tensors: Mapping[str, Tensor], where: str) -> tuple[dict[str, Packed], dict[str, Tensor]]:
    """The tensors of `ticket.safetensors` that the mask names, and the others; arguments and errors as of `unpack`."""
    parts = _by_kind(tensors, where)
    if not parts[_MASK].keys() == parts[_SHAPE].keys() == parts[_KEPT].keys():
        raise WeightsError(f"{where} is damaged: masks, shapes and weights are of other tensors; pack it again")
    found: dict[str, Packed] = {}
    for name, bits in parts[_MASK].items():
        one = Packed(bits, parts[_KEPT][name], tuple(parts[_SHAPE][name].tolist()))
        count = math.prod(one.shape)
        if bits.dtype != torch.uint8 or bits.shape != (-(-count // 8),):
            raise WeightsError(f"{where} is damaged: the mask of {name} has not the bytes of {count:,} weights; pack it again")
        places = int(np.unpackbits(bits.numpy(), count=count).sum())
        if one.kept.shape != (places,):
            raise WeightsError(f"{where} is damaged: {name} has {one.kept.numel():,} weights for {places:,} places")
        found[name] = one
    return found, parts[_WHOLE]


def pack_mask(mask: Mask) -> bytes:
    """A mask alone, packed; the same mask gives the same bytes."""
    return save(_packed(mask))


def unpack_mask(content: bytes, where: str) -> Mask:
    """The mask of such bytes; raises WeightsError if they are damaged, naming `where`."""
    try:
        return _unpacked(_by_kind(load(content), where), where)
    except SafetensorError as error:
        raise WeightsError(f"{where} is not a safetensors file: {error}; delete it") from None


def _packed(mask: Mask) -> dict[str, Tensor]:
    sides = {name: torch.tensor(kept.shape, dtype=torch.int64) for name, kept in mask.items()}
    bits = mask.packed()
    return {f"{_MASK}.{name}": bits[name] for name in mask} | {f"{_SHAPE}.{name}": sides[name] for name in mask}


def _by_kind(tensors: Mapping[str, Tensor], where: str) -> dict[str, dict[str, Tensor]]:
    parts: dict[str, dict[str, Tensor]] = {kind: {} for kind in (_MASK, _KEPT, _SHAPE, _WHOLE)}
    for key, tensor in tensors.items():
        kind, _, name = key.partition(".")
        if kind not in parts:
            raise WeightsError(f"{where} is not a ticket: it has {key}; pack it again")
        parts[kind][name] = tensor
    return parts


def _unpacked(parts: Mapping[str, Mapping[str, Tensor]], where: str) -> Mask:
    if parts[_MASK].keys() != parts[_SHAPE].keys():
        raise WeightsError(f"{where} is damaged: masks and shapes are of other tensors; pack it again")
    return Mask.unpacked(parts[_MASK], {name: tuple(sides.tolist()) for name, sides in parts[_SHAPE].items()})
