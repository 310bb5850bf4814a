"""`Track`: from steps and their shares to `Progress` events with an estimate of the time left."""

import time
from collections.abc import Callable, Sequence

from intaglio.vocabulary.progress import Listener, Progress

# Below this share of the work done in this process there is too little to estimate from.
_ENOUGH = 0.01


class Track:
    """The steps of one run.

    Args:
        steps: name and relative cost of each, in order.
        total: size of the work, megapixels.
        listener: told at every call of `at`.

    """

    def __init__(self, steps: Sequence[tuple[str, float]], total: float, listener: Listener) -> None:
        self._steps, self._total, self._listener = steps, total, listener
        self._cost = sum(cost for _, cost in steps)
        self._began = time.monotonic()
        self._first: float | None = None

    def at(self, step: int, share: float) -> None:
        """Step number `step`, from 0, is done to `share` in [0, 1]."""
        done = (sum(cost for _, cost in self._steps[:step]) + self._steps[step][1] * share) / self._cost
        seconds = time.monotonic() - self._began
        # A resumed run begins in the middle; only what was done since counts for the estimate.
        first = self._first = done if self._first is None else self._first
        fresh = done - first
        progress = Progress(
            task=self._steps[step][0],
            step=step + 1,
            steps=len(self._steps),
            done=done * self._total,
            total=self._total,
            seconds=seconds,
            remaining=seconds * (1 - done) / fresh if fresh > _ENOUGH else None,
        )
        self._listener(progress)

    def after(self, steps: int) -> Callable[[int, float], None]:
        """`at`, for somebody who counts from the step after the first `steps`."""
        return lambda step, share: self.at(step + steps, share)
