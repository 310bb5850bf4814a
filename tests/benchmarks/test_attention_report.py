"""The page on attention: every way gives the same numbers, and ratios are those of medians."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def script(benchmarks: Path) -> ModuleType:
    return import_module("attention")


def run(way: str, seconds: float, peak: int, numbers: list[float]) -> dict[str, Any]:
    facts = {"seconds": seconds, "processor_seconds": seconds / 2, "peak_bytes": peak, "added_bytes": peak // 2}
    return {"case": "sanet-512", "way": way, "threads": 1, **facts, "numbers": numbers}


@pytest.mark.parametrize("name", ["sanet-512", "adaattn-448"])
def test_all_ways_of_a_case_give_the_same_numbers(script: ModuleType, name: str) -> None:
    small = replace(script.CASES[name], cell=64, keys=300, channels=9, depth=6)
    runs = [{"way": way, **script.measure(small, script.WAYS[way])} for way in small.ways]
    assert len(runs) >= 3
    assert all(len(one["numbers"]) == small.queries * small.depth * (1 + small.spread) for one in runs)
    assert all(one["deviation"] < 1e-4 for one in script.compared(runs))
    assert all(one["peak_bytes"] >= one["added_bytes"] >= 0 for one in runs)


def test_the_page_sets_medians_against_those_of_the_whole_matrix(script: ModuleType) -> None:
    ours = [run("attend", seconds, 10**8, [1.0, 2.5]) for seconds in (2.0, 9.0, 1.0)]
    theirs = [run(script.WHOLE, seconds, 10**9, [1.0, 2.0]) for seconds in (3.0, 7.0, 8.0)]
    facts = {"date": "today", "processor": "P", "family": "1", "cores": 2, "memory": 2**34, "python": "3", "torch": "2"}
    page = script.report({"machine": {**facts, "commit": "c"}, "measurements": script.compared([*theirs, *ours])})
    assert "| attend | 2.00 | 1.00 | 274.9 | 0.10 GB | 0.050 GB | 2e-01 | 3 |" in page
    assert "`attend` is 3.50 times faster than the whole matrix, 3.50 times by the processor's seconds, in 10.0 times" in page
    assert "16,384 content positions, 16,384 style positions, 512 channels of keys, 512 of values: 275 GMAC." in page
