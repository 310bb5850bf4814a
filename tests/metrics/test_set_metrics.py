"""What holds for every metric of sets, whoever adds one."""

import math
from dataclasses import replace
from functools import cache

import pytest
import torch

from intaglio.metrics.catalog import SET_METRICS
from intaglio.metrics.set_metric import Measured, SetMetric
from intaglio.vocabulary.errors import InputError
from metrics.gaussian_sets import drawn, gathered

METRICS = [pytest.param(metric, id=metric.name) for metric in SET_METRICS.values()]
REAL, NEAR, FAR = drawn(0), drawn(1, mean=0.1), drawn(2, mean=3.0, scale=0.5)


@pytest.fixture(autouse=True)
def few_subsets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of sets that are no larger than a subset all subsets are the same."""
    monkeypatch.setattr("intaglio.metrics.kernel_distance._SUBSETS", 3)


def measured(metric: SetMetric, fake: torch.Tensor) -> Measured:
    return metric.measure(gathered(REAL), gathered(fake), 0)


@cache
def near(name: str) -> Measured:
    return measured(SET_METRICS[name], NEAR)


@pytest.mark.parametrize("metric", METRICS)
def test_a_set_that_is_near_is_better_than_one_that_is_far(metric: SetMetric) -> None:
    found, far = near(metric.name).value, measured(metric, FAR).value
    assert math.isfinite(found)
    assert found < far if metric.better == "lower" else found > far


@pytest.mark.parametrize("metric", METRICS)
def test_batches_of_any_size_and_the_same_seed_give_the_same(metric: SetMetric) -> None:
    found = metric.measure(gathered(REAL, batch=7), gathered(NEAR, batch=999), 0)
    assert found.value == pytest.approx(near(metric.name).value, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("metric", METRICS)
def test_the_order_of_the_pictures_does_not_matter(metric: SetMetric) -> None:
    turned, straight = metric.measure(gathered(REAL.flip(0)), gathered(NEAR.flip(0)), 0), near(metric.name)
    # What is split at random moves within its spread.
    assert turned.value == pytest.approx(straight.value, rel=1e-9, abs=1e-12 + 2 * (straight.spread or 0.0))


@pytest.mark.parametrize("metric", METRICS)
def test_too_few_pictures_are_refused_by_name_and_number(metric: SetMetric) -> None:
    metric.check(metric.least, metric.least)
    few = metric.least - 1
    with pytest.raises(InputError, match=rf"^{metric.name} needs {metric.least:,} .* there are {few:,} real ones"):
        metric.check(few, metric.least)
    with pytest.raises(InputError, match=rf"there are {few:,} generated ones; give more, or leave this metric out"):
        metric.check(metric.least, few)


@pytest.mark.parametrize("metric", METRICS)
def test_it_reads_no_more_than_it_asks_for(metric: SetMetric) -> None:
    real, fake = (one if metric.features else replace(one, features=None) for one in map(gathered, (REAL, NEAR)))
    fake = fake if metric.scores else replace(fake, scores=None)
    assert metric.measure(replace(real, scores=None), fake, 0) == near(metric.name)


@pytest.mark.parametrize("metric", METRICS)
def test_a_collapsed_generator_gives_a_number(metric: SetMetric) -> None:
    found = measured(metric, torch.full_like(REAL, 0.5))
    assert math.isfinite(found.value)
    assert found.value != near(metric.name).value
