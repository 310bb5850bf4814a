"""LAMP: magnitudes that can be compared between layers.

Lee et al., Layer-adaptive Sparsity for the Magnitude-based Pruning, ICLR 2021.

What a layer computes does not change when its weights are scaled and those behind it scaled back, yet its rank by magnitude
does. A LAMP score is the square of a weight over the sum of squares of the weights of its layer that are not smaller
(Equation 3): no scale is in it, and the largest weight of every layer scores 1, so that none is emptied.

Departures: none; of weights of one magnitude the first has the lowest score, as sorting keeps their order.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from intaglio.pruning.magnitude import global_magnitude
from intaglio.pruning.mask import Mask


def lamp(weights: Mapping[str, Tensor], mask: Mask, share: float, *, floor: float = 0.0) -> Mask:
    """Remove a share of the weights that are left, those of lowest score; arguments and errors as of `global_magnitude`."""
    mask.refuse_other(weights)
    return global_magnitude({name: lamp_scores(weights[name], kept) for name, kept in mask.items()}, mask, share, floor=floor)


def lamp_scores(weight: Tensor, kept: Tensor) -> Tensor:
    """Scores in [0, 1] of a layer's weights, of its shape; 0 for weights that are gone."""
    squares = weight.detach().double().cpu().square().masked_fill(~kept, 0.0).flatten()
    order = squares.argsort(stable=True)
    # Sums over the weights that are not smaller; float64, as global ranks of millions of weights hang on them.
    behind = squares[order].flip(0).cumsum(0).flip(0)
    scores = torch.empty_like(squares)
    scores[order] = torch.where(behind > 0, squares[order] / behind, torch.zeros_like(behind))
    return scores.view(weight.shape)
