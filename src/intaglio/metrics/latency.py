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
    return [median(seen) for seen in times_in_turns(runs, repeats)]


def times_in_turns(
    runs: Sequence[Callable[[], object]], repeats: int, clock: Callable[[], float] = time.perf_counter
) -> list[list[float]]:
    """All times of each, in seconds of a clock; each runs once before, untimed."""
    times: list[list[float]] = [[] for _ in runs]
    for turn in range(repeats + 1):
        for run, seen in zip(runs, times, strict=True):
            began = clock()
            run()
            if turn:
                seen.append(clock() - began)
    return times
