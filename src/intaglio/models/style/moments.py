"""Mergeable first and second moments of features, in float64.

Raw sums are kept, not centered ones: in float64 the cancellation of `E[x^2] - E[x]^2` costs `log10(1 + mean^2/variance)` of 16
digits (1.4 on the published 16x networks), merging is an addition, and a channel that is constantly zero stays exactly zero.
What each addition rounds off is kept too (Knuth's two-sum), so that the order of tiles hardly changes the last digit: whitening
and folding into float32 weights would enlarge it to 1e-5 of the output.
"""

from typing import Self

import torch
from torch import Tensor

# Positions converted to float64 at a time: 8192 x 32 channels x 8 bytes stay inside a core's cache.
BLOCK = 8192
# Error of float32 features after a dozen of layers, as a share of their size.
_ROUNDING = 1e-6


class Moments:
    """Count, mean and (co)variance of features over all positions seen so far.

    Args:
        channels: C.
        full: keep the C x C covariance; otherwise the C variances only.
        device: where the sums live, that of the features.

    """

    def __init__(self, channels: int, *, full: bool, device: torch.device | str = "cpu") -> None:
        self.channels, self.full = channels, full
        self.count = 0
        shape = (channels, channels) if full else (channels,)
        self.sum = torch.zeros(channels, dtype=torch.float64, device=device)
        self.square = torch.zeros(shape, dtype=torch.float64, device=device)
        self._sum_rest, self._square_rest = torch.zeros_like(self.sum), torch.zeros_like(self.square)

    def add(self, features: Tensor) -> None:
        """Count in features (N, C, H, W) or positions (P, C), each position once."""
        rows = features.permute(0, 2, 3, 1).flatten(0, 1) if features.dim() == 4 else features[:, None]
        step = max(1, BLOCK // max(1, rows.shape[1]))
        for first in range(0, rows.shape[0], step):
            exact = rows[first : first + step].double().reshape(-1, self.channels)
            self.take(len(exact), exact.sum(0), exact.T @ exact if self.full else (exact * exact).sum(0))

    def take(self, count: int, total: Tensor, square: Tensor) -> None:
        """Count in `count` positions by their sum (C,) and their sum of squares, (C, C) or (C,)."""
        self.count += count
        _add(self.sum, self._sum_rest, total)
        _add(self.square, self._square_rest, square)

    def merge(self, other: "Moments") -> None:
        """Count in what `other` has seen."""
        self.take(other.count, other.sum, other.square)
        self._sum_rest += other._sum_rest
        self._square_rest += other._square_rest

    @property
    def mean(self) -> Tensor:
        """(C,) float64."""
        return (self.sum + self._sum_rest) / max(1, self.count)

    @property
    def second(self) -> Tensor:
        """Mean of the squares, or of `f f^T`, not centered; (C, C) or (C,), float64."""
        return (self.square + self._square_rest) / max(1, self.count)

    @property
    def covariance(self) -> Tensor:
        """(C, C), or (C,) variances; float64, unbiased (N - 1); zero for fewer than two positions."""
        mean = self.mean
        spread = self.square + self._square_rest - self.count * (torch.outer(mean, mean) if self.full else mean * mean)
        return spread / max(1, self.count - 1)

    @property
    def variance(self) -> Tensor:
        """(C,) float64, unbiased, never negative."""
        covariance = self.covariance
        return (covariance.diagonal() if self.full else covariance).clamp_min(0.0)

    @property
    def rounding(self) -> float:
        """Variance that the rounding of float32 features alone may leave; a direction of less does not vary."""
        squares = self.square.diagonal() if self.full else self.square
        return _ROUNDING**2 * float(squares.sum()) / max(1, self.count)

    def clear(self) -> None:
        """Forget all that was seen."""
        self.count = 0
        for sums in (self.sum, self.square, self._sum_rest, self._square_rest):
            sums.zero_()

    def state(self) -> dict[str, Tensor]:
        """Tensors to journal; `restore` takes them back."""
        rests = {"sum_rest": self._sum_rest, "square_rest": self._square_rest}
        return {"count": torch.tensor([self.count]), "sum": self.sum, "square": self.square, **rests}

    def restore(self, state: dict[str, Tensor]) -> Self:
        """Become what `state()` described."""
        self.count = int(state["count"].item())
        self.sum.copy_(state["sum"])
        self.square.copy_(state["square"])
        self._sum_rest.copy_(state["sum_rest"])
        self._square_rest.copy_(state["square_rest"])
        return self


def _add(total: Tensor, rest: Tensor, more: Tensor) -> None:
    """`total + rest += more`, `rest` taking what rounding `total` loses."""
    rounded = total + more
    taken = rounded - total
    rest += (total - (rounded - taken)) + (more - taken)
    total.copy_(rounded)
