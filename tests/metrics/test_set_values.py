"""Values of the metrics of sets, against what is known otherwise."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from intaglio.metrics.frechet import FID, frechet_distance
from intaglio.metrics.inception_score import INCEPTION_SCORE, inception_score
from intaglio.metrics.kernel_distance import KID, kernel_distance
from intaglio.metrics.precision_recall import PRECISION, RECALL, covered
from metrics.gaussian_sets import drawn, gathered


def gaussian(seed: int, dimensions: int, count: int) -> tuple[Tensor, Tensor]:
    features = drawn(seed, count, dimensions).double() @ drawn(seed + 100, dimensions, dimensions).double()
    return features.mean(0), torch.cov(features.T)


@given(st.integers(0, 10), st.integers(2, 20))
def test_the_frechet_distance_is_that_of_the_matrix_root(seed: int, dimensions: int) -> None:
    linalg = pytest.importorskip("scipy.linalg")
    (mean, covariance), (other_mean, other) = gaussian(seed, dimensions, 60), gaussian(seed + 1, dimensions, 80)
    root = linalg.sqrtm((covariance @ other).numpy())
    expected = float((mean - other_mean).square().sum() + covariance.trace() + other.trace()) - 2 * np.trace(root).real
    assert frechet_distance(mean, covariance, other_mean, other) == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_of_covariances_that_commute_the_frechet_distance_has_a_closed_form() -> None:
    one, other = torch.tensor([1.0, 4.0, 0.0]).double(), torch.tensor([9.0, 0.25, 2.0]).double()
    basis = torch.linalg.qr(drawn(0, 3, 3).double()).Q
    mean = torch.tensor([1.0, -2.0, 0.5]).double()
    found = frechet_distance(mean, basis @ one.diag() @ basis.T, torch.zeros(3).double(), basis @ other.diag() @ basis.T)
    assert found == pytest.approx(5.25 + float((one.sqrt() - other.sqrt()).square().sum()), rel=1e-12)


def test_a_shift_and_a_stretch_are_what_the_frechet_distance_says() -> None:
    real = drawn(0)
    shifted = FID.measure(gathered(real), gathered(real + 0.5), 0).value
    assert shifted == pytest.approx(6 * 0.25, rel=1e-6)
    stretched = FID.measure(gathered(real), gathered(real.double().mul(3).float()), 0).value
    spread = torch.cov(real.double().T).trace() * 4 + (2 * real.double().mean(0)).square().sum()
    assert stretched == pytest.approx(float(spread), rel=1e-6)


@pytest.mark.parametrize("count", [400, 30])
def test_equal_sets_are_at_no_distance_also_where_covariances_are_singular(count: int) -> None:
    real = gathered(drawn(0, count, 40, mean=5.0))
    found = FID.measure(real, real, 0)
    assert found.value < 1e-10
    assert ("singular covariance" in found.note) == (count <= 40)


def by_hand(real: Tensor, fake: Tensor) -> float:
    """Sums over pairs, as the paper writes them."""
    count = len(real)

    def k(x: Tensor, y: Tensor) -> float:
        return float((x @ y / len(x) + 1) ** 3)

    others = [(i, j) for i in range(count) for j in range(count) if i != j]
    within = sum(k(real[i], real[j]) + k(fake[i], fake[j]) for i, j in others)
    between = sum(k(x, y) for x in real for y in fake)
    return within / (count * (count - 1)) - 2 * between / count**2


def test_the_kernel_distance_is_the_sum_over_pairs() -> None:
    real, fake = drawn(0, 9).double(), drawn(1, 9, mean=0.4).double()
    assert kernel_distance(real, fake) == pytest.approx(by_hand(real, fake), rel=1e-10)


def test_the_kernel_distance_is_unbiased() -> None:
    values = [kernel_distance(drawn(seed, 20, 3).double(), drawn(seed + 1000, 20, 3).double()) for seed in range(300)]
    error = float(np.std(values)) / math.sqrt(len(values))
    assert abs(float(np.mean(values))) < 3 * error
    assert min(values) < 0


def test_subsets_are_drawn_where_there_are_more_pictures_than_one_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intaglio.metrics.kernel_distance._SUBSETS", 10)
    real, fake = gathered(drawn(0, 1300, 3)), gathered(drawn(1, 1200, 3, mean=0.3))
    assert real.features is not None
    found, other = KID.measure(real, fake, 0), KID.measure(real, fake, 1)
    assert found.spread is not None
    assert found.value != other.value
    assert abs(found.value - other.value) < found.spread < found.value
    assert KID.settings == "100 subsets of 1,000"


def test_subsets_have_the_same_kernels_together_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intaglio.metrics.kernel_distance._SUBSETS", 3)
    real, fake = gathered(drawn(0, 1100, 3)), gathered(drawn(1, 1250, 3, mean=0.3))
    found = []
    for together in (True, False):
        monkeypatch.setattr("intaglio.metrics.kernel_distance._shares", lambda *_, together=together: together)
        found.append(KID.measure(real, fake, 0))
    assert found[0].value == pytest.approx(found[1].value, rel=1e-10)
    assert found[0].spread == pytest.approx(found[1].spread, rel=1e-8)


def test_the_inception_score_goes_from_one_to_the_number_of_classes() -> None:
    sure = torch.eye(4).double().repeat(5, 1) * 1000
    assert inception_score(sure) == pytest.approx(4.0)
    assert inception_score(sure[:1].repeat(20, 1)) == pytest.approx(1.0)
    assert inception_score(torch.zeros(20, 4).double()) == pytest.approx(1.0)


def test_the_inception_score_is_the_mean_divergence() -> None:
    scores = drawn(0, 30, 5).double()
    p = scores.softmax(1)
    divergence = (p * (p.log() - p.mean(0).log())).sum(1).mean()
    assert inception_score(scores + 7) == pytest.approx(float(divergence.exp()), rel=1e-12)


def test_pictures_that_come_sorted_by_class_are_shuffled_before_they_are_split() -> None:
    sure = torch.eye(4).repeat_interleave(250, dim=0) * 50
    found = INCEPTION_SCORE.measure(gathered(sure), gathered(sure), 0)
    assert found.value > 3.8
    assert found.spread is not None
    assert 0 < found.spread < 0.2


def test_a_set_covers_itself_and_nothing_far_away() -> None:
    real = drawn(0, 50)
    assert covered(real, real) == 1.0
    assert covered(real + 100, real) == 0.0
    same = torch.ones(10, 3)
    assert covered(same, same) == 1.0


def test_what_lies_within_the_third_neighbor_is_covered() -> None:
    # On a line: of the set 0, 1, 2, 3, 10 the third nearest of 10 is 1, at 9; of 0 and of 3 it is 3 away.
    line = torch.tensor([[0.0], [1.0], [2.0], [3.0], [10.0]])
    asked = torch.tensor([[-3.0], [-3.1], [18.9], [19.1], [6.5]])
    assert covered(asked[:1], line) == 1.0
    assert covered(asked[1:2], line) == 0.0
    assert covered(asked, line) == pytest.approx(3 / 5)


def test_blocks_do_not_change_what_is_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = drawn(0, 60), drawn(1, 70, scale=1.5)
    whole = covered(fake, real)
    assert 0 < whole < 1
    monkeypatch.setattr("intaglio.metrics.precision_recall._HELD", 130)
    assert covered(fake, real) == whole


def test_a_generator_that_drops_modes_is_precise_and_forgets() -> None:
    real = torch.cat([drawn(0, 100), drawn(1, 100, mean=20.0)])
    fake = drawn(2, 200, scale=0.5)
    sets = gathered(real), gathered(fake)
    assert PRECISION.measure(*sets, 0).value > 0.9
    assert RECALL.measure(*sets, 0).value < 0.5
