from collections.abc import Callable

from intaglio.metrics.latency import medians_in_turns, times_in_turns


def test_runs_take_turns_and_the_first_of_each_is_not_timed() -> None:
    calls, now = [], [0.0]

    def taking(name: str, seconds: list[float]) -> Callable[[], None]:
        left = iter(seconds)

        def run() -> None:
            calls.append(name)
            now[0] += next(left)

        return run

    runs = [taking("one", [9, 1, 2, 6]), taking("other", [9, 3, 3, 3])]
    assert times_in_turns(runs, 3, lambda: now[0]) == [[1, 2, 6], [3, 3, 3]]
    assert calls == ["one", "other"] * 4


def test_medians_are_seconds_of_each() -> None:
    assert all(0 <= one < 60 for one in medians_in_turns([list, dict], 3))
