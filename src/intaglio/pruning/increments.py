"""By how much the groups of a layer are pushed in an update, by their rank: the two functions of SPP and IncReg.

Wang et al., Structured Probabilistic Pruning for Convolutional Neural Network Acceleration, BMVC 2018 (Equation 3); Wang et
al., Structured Pruning for Efficient ConvNets via Incremental Regularization, NeurIPS workshop 2018 and IJCNN 2019.

Rank 0 is the weakest group. As many groups as are still to go are pushed toward their end, and the others back; nothing is
pushed at the edge between them.

Departures:
- The papers' formula grows without bound for the strongest groups and overflows; here it ends at `lowest`.
"""

import math

import torch
from torch import Tensor


def centre_symmetric(ranks: Tensor, goal: float, largest: float, *, flatness: float = 0.25, lowest: float = -1.0) -> Tensor:
    """Equation 3 of SPP: falls from `largest` at rank 0 to zero at rank `goal`, and on from there.

    It is symmetric about a centre of height `flatness * largest`: steep at both ends and flat in the middle, as sorted norms
    are.

    Args:
        ranks: from 0, of any shape.
        goal: how many groups are to go, R N_c of the paper; above 0.
        largest: A of the paper.
        flatness: u of the paper, in (0, 1).
        lowest: what no increment is below.

    Returns:
        Increments, float64, of the shape of `ranks`.

    """
    ranks = ranks.double()
    alpha = math.log(2 / flatness) / goal
    centre = -math.log(flatness) / alpha
    near = largest * torch.exp(-alpha * ranks)
    # Where the far branch would be below `lowest` its exponent is cut, so that no exponential overflows.
    cap = math.log(max(2 * flatness - lowest / largest, torch.finfo(torch.float64).tiny))
    far = 2 * flatness * largest - largest * torch.exp((-alpha * (2 * centre - ranks)).clamp_max(cap))
    return torch.where(ranks <= centre, near, far).clamp_min(lowest)


def two_sided(ranks: Tensor, goal: int, active: int, largest: float, *, edge: float = 0.1) -> Tensor:
    """IncReg's second scheme: from `largest` to `edge * largest` at the last group that goes, and mirrored for the others.

    Args:
        ranks: from 0, of any shape.
        goal: how many groups are to go, at least 1.
        active: how many there are; the best rank is `active - 1`.
        largest: A of the paper.
        edge: v of the code, in (0, 1].

    Returns:
        Increments, float64, of the shape of `ranks`.

    """
    ranks = ranks.double()
    fall = -math.log(edge)
    going = largest * torch.exp(-ranks * (fall / (goal - 1) if goal > 1 else 0.0))
    staying = active - 1 - ranks
    kept = -largest * torch.exp(-staying * (fall / (active - 1 - goal) if active - 1 > goal else 0.0))
    return torch.where(ranks < goal, going, kept)
