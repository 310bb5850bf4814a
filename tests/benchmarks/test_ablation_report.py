"""The page of an ablation says what the seeds say, and no more."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Make = Callable[..., Any]


@pytest.fixture
def report(benchmarks: Path) -> ModuleType:
    return import_module("ablation_report")


@pytest.fixture
def result(report: ModuleType) -> Make:
    def make(variant: str, seed: int, value: float, seconds: float | None = 10.0) -> Any:
        values = dict.fromkeys(report.COLUMNS, value) | {"gram_distance.conv1": value / 2}
        return report.Result(variant, seed, values, seconds, 1000, 2e9)

    return make


def test_values_over_seeds_have_mean_and_deviation(report: ModuleType) -> None:
    assert report.spread([1.0, 2.0, 3.0]) == report.Spread(2.0, 1.0, settled=False)
    assert report.spread([1.5]) == report.Spread(1.5, None)


def test_a_difference_is_settled_when_its_interval_leaves_zero_out(report: ModuleType) -> None:
    # Of three values with deviation 1 the interval reaches 4.303 / sqrt(3) = 2.484 to both sides.
    assert not report.spread([1.48, 2.48, 3.48]).settled
    assert report.spread([1.49, 2.49, 3.49]).settled
    assert report.spread([-3.49, -2.49, -1.49]).settled


def test_differences_are_taken_seed_by_seed(report: ModuleType, result: Make) -> None:
    results = [result("full", 0, 1.0), result("less", 0, 1.5), result("full", 1, 5.0), result("less", 1, 5.5)]
    difference = report.differences([*results, result("full", 2, 90.0)], "less", "ssim")
    assert (difference.mean, difference.deviation, difference.settled) == (0.5, 0.0, True)


def test_a_table_has_a_row_for_each_variant_in_their_order(report: ModuleType, result: Make) -> None:
    results = [result("teacher", 0, 0.5, None), result("full", 0, 1.0), result("less", 0, 2.0), result("less", 1, 3.0, None)]
    rows = report.values_table(results, {"ssim": ("SSIM", 3)})
    assert rows[2:] == ["| teacher | 0.5 |  |", "| full | 1 | 10 |", "| less | 2.5 ± 0.71 | 10 |"]


def test_the_teacher_and_the_full_method_are_not_set_against_the_full_method(report: ModuleType, result: Make) -> None:
    results = [result("teacher", 0, 0.5), result("full", 0, 1.0), result("less", 0, 2.0)]
    assert report.differences_table(results, {"ssim": ("SSIM", 3)})[2:] == ["| less | +1 |"]


def test_settled_differences_are_bold(report: ModuleType, result: Make) -> None:
    results = [result(variant, seed, value + seed) for variant, value in (("full", 0.0), ("less", 3.0)) for seed in range(3)]
    assert report.differences_table(results, {"ssim": ("SSIM", 3)})[2:] == ["| less | **+3 ± 0** |"]


def test_the_page_states_budget_protocol_and_machine(report: ModuleType, result: Make) -> None:
    document = {
        "date": "2026-01-02",
        "commit": "abc1234",
        "hardware": "an abacus",
        "settings": {
            "stages": ["relu1_1"],
            "width": 0.5,
            "steps": 500,
            "batch": 4,
            "rate": 1e-3,
            "crop": 64,
            "embedding": 0.3,
            "perceptual": 0.2,
            "precision": "float32",
            "seeds": 1,
        },
        "data": {"pictures": 2400},
        "protocol": {"sample": 24, "content_count": 40, "style_count": 100, "size": 192},
    }
    smaller = replace(result("full", 0, 1.0), parameters=250)
    page = report.page(document, [result("teacher", 0, 0.5, None), smaller])
    for part in (
        "1,000 optimizer steps",
        "24 pairs of 40 contents x 100 styles",
        "an abacus; commit abc1234",
        "250 parameters",
    ):
        assert part in page


def test_what_a_person_wrote_stays_when_the_page_is_made_anew(report: ModuleType) -> None:
    before = f"# Old\n\n{report.CONCLUSIONS}, and what not\n\nLittle.\n"
    assert report.with_conclusions("# New\n", before) == f"# New\n\n{report.CONCLUSIONS}, and what not\n\nLittle.\n"
    assert report.with_conclusions("# New\n", "") == "# New\n"
