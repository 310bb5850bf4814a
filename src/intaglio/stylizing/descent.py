"""From a picture downhill: its pixels are changed until an objective stays small.

The pixels are `x = (1 + sin z) / 2`, and `z` is what descends. Every `z` is a picture, so values stay in [0, 1] without a
clamp, which would undo part of the way (measured: clamping at the end triples the objective, since a Gram matrix feels every
clipped pixel), and without a projection, which would spoil the curvature that L-BFGS gathers.
"""

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from intaglio.vocabulary.errors import OptionError

Method = Literal["lbfgs", "adam"]
Objective = Callable[[Tensor], Tensor]
"""From a picture (1, 3, H, W) to a scalar."""
Report = Callable[[float, float], None]
"""Told the share of the work that is done, and the objective."""

# At the ends of the range the sine is flat, and a pixel there would never leave.
_STEEP = 0.99
# Steps remembered. Twice as many take 240 bytes a pixel more and lower the objective by less than a hundredth.
_HISTORY = 10
# Of Adam, in radians: 0.025 of the range where it is steepest.
_STEP = 0.05


def descend(objective: Objective, start: Tensor, method: Method, iterations: int, report: Report) -> Tensor:
    """A picture with a smaller objective.

    Args:
        objective: what is to become small; differentiable.
        start: (1, 3, H, W) in [0, 1].
        method: `lbfgs`, with a line search under the strong Wolfe conditions, or `adam`.
        iterations: steps; L-BFGS looks at up to a quarter more pictures.
        report: called once for each picture that is looked at; what it raises ends the work.

    Returns:
        (1, 3, H, W) in [0, 1], without gradients.

    Raises:
        OptionError: the objective became NaN or infinite.

    """
    angles = torch.asin((2 * start - 1).clamp(-_STEEP, _STEEP)).contiguous().requires_grad_()
    most = iterations + iterations // 4 if method == "lbfgs" else iterations
    seen = 0

    def look() -> Tensor:
        nonlocal seen
        # Not through `backward`: nothing but the angles gets a gradient, whatever else the objective depends on.
        value = objective(_picture(angles))
        found = float(value.detach())
        if not math.isfinite(found):
            raise OptionError(f"the objective became {found} after {seen} looks at a picture; give smaller weights")
        (angles.grad,) = torch.autograd.grad(value, angles)
        seen += 1
        report(min(1.0, seen / most), found)
        return value.detach()

    if method == "lbfgs":
        # Tolerances are meant for other units: a gradient is shared among all pixels, so each has little of it.
        newton = torch.optim.LBFGS(
            [angles],
            max_iter=iterations,
            max_eval=most,
            history_size=_HISTORY,
            tolerance_grad=0.0,
            tolerance_change=0.0,
            line_search_fn="strong_wolfe",
        )
        newton.step(look)  # type: ignore[no-untyped-call]  # torch has no types there
    else:
        adam = torch.optim.Adam([angles], lr=_STEP, betas=(0.9, 0.99))
        for _ in range(iterations):
            adam.step(look)
    return _picture(angles.detach())


def _picture(angles: Tensor) -> Tensor:
    return (1 + torch.sin(angles)) / 2
