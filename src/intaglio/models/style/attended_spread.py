"""What attention sees: mean and standard deviation of the values, as every query weighs them.

Liu et al., AdaAttN: Revisit Attention Mechanism in Arbitrary Neural Style Transfer, ICCV 2021, eq. 5 and 6: with `A` the
softmax of plain products, no scale, `M = A V` and `S = sqrt(max(0, A V^2 - M^2))`.

Departures of the formulation, not of the result:
- Both come from one pass over the keys in blocks, with the largest logit so far carried along (Milakov & Gimelshein, Online
  normalizer calculation for softmax, 2018), so memory is linear in the positions. Logits are float32 whatever autocast says.
- Nothing is lost to `A V^2 - M^2`, the difference of two large numbers: values are taken relative to their mean over the keys,
  and moments relative to the value at the peak, where nearly all weight of a sharp attention lies.
- The slope of S at 0, which is infinite, is taken as 0.
"""

import math

import torch
from torch import Tensor

from intaglio.models.style.statistics import wide

# Queries and keys whose logits are held at a time: large enough for products at full pace, small enough for the caches.
_QUERIES, _KEYS = 512, 2048
# Of exponents to powers of two, which take a processor a third of the time of those of e.
_LOG2_E = math.log2(math.e)


class AttendedSpread:
    """Mean and standard deviation of values under the attention of queries to their keys.

    Args:
        key: (N, C, M).
        value: (N, D, M).

    """

    def __init__(self, key: Tensor, value: Tensor) -> None:
        self.keys, values = wide(key), wide(value).mT
        self.center = values.mean(1, keepdim=True)
        centered = values - self.center
        self.moments = torch.cat([centered, centered.square()], 2)

    def __call__(self, query: Tensor) -> tuple[Tensor, Tensor]:
        """Of queries (N, C, h, w): two tensors (N, D, h, w), float32 or wider.

        Beside them it takes memory for N blocks of 512 x 2048 logits; where gradients are asked for, for all h w M of them.
        """
        with torch.autocast(query.device.type, enabled=False):
            queries, keys, moments = wide(query).flatten(2).mT, self.keys, self.moments
            if torch.is_grad_enabled() and (queries.requires_grad or keys.requires_grad or moments.requires_grad):
                found = _spread(queries, keys, moments, keys.shape[2])
            else:
                found = moments.new_empty((*queries.shape[:2], moments.shape[2]))
                for some, theirs in zip(torch.split(queries, _QUERIES, 1), torch.split(found, _QUERIES, 1), strict=True):
                    theirs.copy_(_spread(some, keys, moments, _KEYS))
            mean, deviation = found.mT.reshape(len(found), found.shape[2], *query.shape[2:]).chunk(2, 1)
            return mean + self.center.mT[..., None], deviation


def _spread(queries: Tensor, keys: Tensor, moments: Tensor, block: int) -> Tensor:
    """Mean and deviation (N, n, 2 D) for queries (N, n, C), keys (N, C, M), centered values and their squares (N, M, 2 D)."""
    peak = queries.new_full((*queries.shape[:2], 1), -torch.inf)
    # At the peak, and of all else: weights are relative to that of the peak.
    top, share = moments.new_zeros((*peak.shape[:2], moments.shape[2])), torch.zeros_like(peak)
    rest = top
    # One place for all blocks: fresh memory costs a tenth of the pace.
    place = queries.new_empty((*peak.shape[:2], block)) if block < keys.shape[2] else None
    for some, theirs in zip(torch.split(keys, block, 2), torch.split(moments, block, 1), strict=True):
        logits = torch.bmm(queries, some, out=None if place is None else place[..., : some.shape[2]])
        high, where = logits.max(-1, keepdim=True)
        risen = torch.maximum(peak, high)
        weights = logits.scatter_(-1, where, -torch.inf).sub_(risen).mul_(_LOG2_E).exp2_()
        there = theirs.gather(1, where.expand(-1, -1, theirs.shape[2]))
        # Of the two peaks the lower one joins the rest.
        lower, fading = torch.minimum(peak, high) - risen, (peak - risen).exp()
        share = share * fading + weights.sum(-1, keepdim=True) + lower.exp()
        rest = rest * fading + weights @ theirs + lower.exp() * torch.where(high > peak, top, there)
        top, peak = torch.where(high > peak, there, top), risen
    share, rest = share / (1 + share), rest / (1 + share)
    return _about(top.chunk(2, -1)[0], share, *rest.chunk(2, -1))


def _about(top: Tensor, share: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Mean and deviation of a weight 1 - share at `top`, and all else by its share and its moments."""
    # Everything here is as small as the share, and so is what rounding does to it.
    shift = first - share * top
    variance = second - 2 * top * first + share * top.square() - shift.square()
    varies = variance > 0
    deviation = torch.where(varies, torch.where(varies, variance, 1.0).sqrt(), 0.0)
    return torch.cat([top + shift, deviation], -1)
