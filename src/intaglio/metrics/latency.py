"""How long something takes on this machine, beside something else: medians of runs in turns.

On a machine that others share, one run after the other compares hours, not programs; in turns both see the same load.
"""

import time
from collections.abc import Callable, Sequence
from statistics import median


def medians_in_turns(runs: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """The median time of each, seconds.

    Args:
        runs: what is timed; each runs once before, untimed.
        repeats: how many turns, at least 1.

    """
    for run in runs:
        run()
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(repeats):
        for run, seen in zip(runs, times, strict=True):
            began = time.perf_counter()
            run()
            seen.append(time.perf_counter() - began)
    return [median(seen) for seen in times]
