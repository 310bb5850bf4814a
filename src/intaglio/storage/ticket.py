"""`Ticket`: what makes a network a lottery ticket, and how it is packed: a bit a weight, and those that are kept.

The file `ticket.safetensors` holds, for every tensor of the network,

    mask.NAME     uint8, eight weights to a byte, of a tensor that the mask names
    kept.NAME     its weights that are kept, in order
    shape.NAME    its sides
    whole.NAME    a tensor that the mask does not name

At 89.2 % sparsity that is a seventh of the dense file in float32: a bit in 32, and 10.8 % of the weights.

Departures:
- A ticket keeps the values that training starts from, also where they were drawn from a seed: a file that needs no other is
  worth more than the tenth that a seed would save.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from safetensors.torch import save
from torch import Tensor

from intaglio.pruning.mask import Mask
from intaglio.vocabulary.errors import WeightsError
from intaglio.vocabulary.spec import Spec

_MASK, _KEPT, _SHAPE, _WHOLE = "mask", "kept", "shape", "whole"


class Origin(Spec):
    """Where a ticket comes from; every field may be unknown."""

    method: str = ""
    """How it was found: "imp", "magnitude", "random" and so on."""
    study: str = ""
    """Digest of the study's description."""
    step: str = ""
    """Digest of the step of that study."""
    round: int = 0
    """How often weights were removed before."""
    rewound: int | None = None
    """The step of training whose weights it holds, 0 for those that training began with; None if they are trained."""


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """The mask of a network whose pruned weights are zero."""

    mask: Mask
    origin: Origin = field(default_factory=Origin)


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
    tensors: dict[str, Tensor] = {}
    for name, bits in mask.packed().items():
        weight, kept = state[name].detach().cpu(), mask[name]
        if bool(weight[~kept].any()):
            raise WeightsError(f"{name} has weights that are pruned and not zero; apply the mask first")
        sides = torch.tensor(weight.shape, dtype=torch.int64)
        tensors |= {f"{_MASK}.{name}": bits, f"{_KEPT}.{name}": weight[kept].to(dtype), f"{_SHAPE}.{name}": sides}
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
    parts: dict[str, dict[str, Tensor]] = {kind: {} for kind in (_MASK, _KEPT, _SHAPE, _WHOLE)}
    for key, tensor in tensors.items():
        kind, _, name = key.partition(".")
        if kind not in parts:
            raise WeightsError(f"{where} is not a ticket: it has {key}; pack it again")
        parts[kind][name] = tensor
    if not parts[_MASK].keys() == parts[_KEPT].keys() == parts[_SHAPE].keys():
        raise WeightsError(f"{where} is damaged: masks, weights and shapes are of other tensors; pack it again")
    mask = Mask.unpacked(parts[_MASK], {name: tuple(sides.tolist()) for name, sides in parts[_SHAPE].items()})
    state = parts[_WHOLE]
    for name, bits in mask.items():
        kept = parts[_KEPT][name]
        if kept.shape != (int(bits.sum()),):
            raise WeightsError(f"{where} is damaged: {name} has {kept.numel():,} weights for {int(bits.sum()):,} places")
        state[name] = torch.zeros(bits.shape, dtype=kept.dtype).masked_scatter_(bits, kept)
    return state, mask
