"""Pruning by magnitude: the smallest weights go, of the whole network or of each layer; counts are exact under ties.

Han et al., Learning both Weights and Connections for Efficient Neural Networks, NeurIPS 2015. Called once on trained weights
it is one-shot magnitude pruning; called again and again, with training between, iterative magnitude pruning (Frankle & Carbin
2019; Kong et al. 2022 remove a fifth of what is left in each round, ranked over the network as a whole).

Departures:
- Of weights of one magnitude those that come first go first, by name and position; the papers' codes compare with a threshold,
  which removes all of them or none.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from intaglio.pruning.mask import Mask
from intaglio.vocabulary.errors import InputError, OptionError, WeightsError


def global_magnitude(weights: Mapping[str, Tensor], mask: Mask, share: float, *, floor: float = 0.0) -> Mask:
    """Remove a share of the weights that are left, those of smallest magnitude in all tensors together.

    Args:
        weights: trained; those of the mask's names are ranked.
        mask: what is left.
        share: in [0, 1), of what is left.
        floor: share of each tensor's weights that stays whatever their rank, in [0, 1); 0 for none.

    Returns:
        A mask that keeps `round(share * mask.kept)` weights less.

    Raises:
        OptionError: share or floor out of range, or the floor leaves too few to remove.
        InputError: a tensor would lose its last weight, and there is no floor.
        WeightsError: weights of another network, or not finite.

    """
    ranked = _magnitudes(weights, mask, share, floor)
    removed = round(share * mask.kept)
    if removed > (free := int(sum(int(one.isfinite().sum()) for one in ranked.values()))):
        raise OptionError(
            f"{removed:,} weights are to go, and a floor of {floor:g} leaves {free:,} that may; lower one of them"
        )
    gone = _smallest(torch.cat([one.flatten() for one in ranked.values()]), removed)
    return _without(mask, dict(zip(ranked, torch.split(gone, [one.numel() for one in ranked.values()]), strict=True)))


def layerwise_magnitude(weights: Mapping[str, Tensor], mask: Mask, share: float) -> Mask:
    """Remove the same share of the weights that are left in every tensor, those of smallest magnitude in each.

    Arguments and errors are those of `global_magnitude`; every tensor keeps `round(share * kept)` weights less.
    """
    ranked = _magnitudes(weights, mask, share, 0.0)
    return _without(
        mask, {name: _smallest(one.flatten(), round(share * int(mask[name].sum()))) for name, one in ranked.items()}
    )


def refuse_share(share: float, what: str = "share") -> None:
    """Raise OptionError for a share outside [0, 1)."""
    if not 0 <= share < 1:
        raise OptionError(f"{what} is {share:g}; it has to be at least 0 and less than 1")


def _magnitudes(weights: Mapping[str, Tensor], mask: Mask, share: float, floor: float) -> dict[str, Tensor]:
    """Magnitudes by name; infinite where a weight is gone already or must stay."""
    refuse_share(share)
    refuse_share(floor, "floor")
    mask.refuse_other(weights)
    ranked: dict[str, Tensor] = {}
    for name, kept in mask.items():
        magnitude = weights[name].detach().abs().float().cpu()
        if not bool(magnitude.isfinite().all()):
            raise WeightsError(f"{name} has values that are not finite; they cannot be ranked")
        ranked[name] = magnitude.masked_fill(~kept, math.inf)
        if staying := min(int(kept.sum()), math.ceil(floor * kept.numel())):
            largest = magnitude.masked_fill(~kept, -1.0).flatten().topk(staying).indices
            ranked[name].view(-1)[largest] = math.inf
    return ranked


def _smallest(values: Tensor, count: int) -> Tensor:
    """Booleans for the `count` smallest of a vector; of equals the first."""
    if count == 0:
        return torch.zeros_like(values, dtype=torch.bool)
    last = values.kthvalue(count).values
    below = values < last
    equal = (values == last).nonzero()[: count - int(below.sum()), 0]
    below[equal] = True
    return below


def _without(mask: Mask, gone: Mapping[str, Tensor]) -> Mask:
    left = Mask({name: kept & ~gone[name].view(kept.shape) for name, kept in mask.items()})
    if empty := [name for name, kept in left.items() if mask[name].any() and not kept.any()]:
        raise InputError(f"{empty[0]} would lose its last weight; prune less, or keep a floor in every tensor")
    return left
