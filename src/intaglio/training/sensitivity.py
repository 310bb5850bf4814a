"""How much of each layer goes, by how much the network suffers from it: layers that matter more lose less.

The papers do so by hand, or by a profile whose making they do not tell. How it is done here is ours: the smallest groups of one
layer by their L1 norms are zeroed, a few shares of them, and the error is measured each time, without training. All layers then
lose so much that each does the same damage, as much as the speedup needs. Damage is interpolated between the shares that were
measured; where an error falls it counts as staying; and a layer that does no damage at all is counted to do a hundredth of the
worst, so that it does not go alone. No layer loses more than the largest share.

One layer at a time and without training is a rough guide: what layers do together, and what training heals, is not seen.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

import numpy as np
import torch
from torch import nn

from intaglio.pruning.groups import Grouping
from intaglio.pruning.members import Members
from intaglio.training.speedup import Profile

SHARES = (0.3, 0.6, 0.9)
"""Shares of the groups of a layer that are zeroed."""
_FAINT = 0.01


def sensitivity(
    network: nn.Module,
    layers: Sequence[str],
    grouping: Grouping,
    error: Callable[[nn.Module], float],
    normalizations: Mapping[str, str],
) -> dict[str, tuple[float, ...]]:
    """The error of a network with a share of one layer's groups zeroed, for every layer.

    Args:
        network: stays as it is.
        layers: names.
        grouping: of the layers.
        error: of a network; of the same network it is the same.
        normalizations: behind layers, by names.

    Returns:
        Errors with nothing zeroed and with each of `SHARES`, by the names of the layers.

    """
    made = copy.deepcopy(network)
    before = error(made)
    found: dict[str, tuple[float, ...]] = {}
    for name in layers:
        behind = made.get_submodule(normalizations[name]) if name in normalizations else None
        members = Members(made.get_submodule(name), grouping, behind)
        weights = [tensor.detach().clone() for tensor in members.tensors()]
        errors = []
        for share in SHARES:
            members.zero_smallest_(share)
            errors.append(error(made))
        with torch.no_grad():
            for tensor, weight in zip(members.tensors(), weights, strict=True):
                tensor.copy_(weight)
        found[name] = (before, *errors)
    return found


def profile_of(errors: Mapping[str, Sequence[float]]) -> Profile:
    """From what `sensitivity` found, the shares of all layers that do the same damage."""
    harm = {name: list(accumulate((max(0.0, one - before) for one in after), max)) for name, (before, *after) in errors.items()}
    worst = max(max(one) for one in harm.values()) or 1.0
    damage = {
        name: [0.0, *(value + _FAINT * worst * share for value, share in zip(one, SHARES, strict=True))]
        for name, one in harm.items()
    }
    most = max(one[-1] for one in damage.values())

    def profile(share: float) -> dict[str, float]:
        return {name: float(np.interp(share * most, one, (0.0, *SHARES))) for name, one in damage.items()}

    return profile
