from pathlib import Path
from statistics import fmean

import pytest

from intaglio.studies.levels import Interval
from intaglio.studies.tickets.findings import findings
from intaglio.studies.tickets.lottery import DENSE, LotterySpec, trials
from intaglio.studies.workspace import Workspace
from studies.small_studies import study
from studies.test_lottery import NAMED

# Errors of a dense network and of the rounds of two arms, at three seeds.
DENSE_ERRORS = (10.0, 11.0, 12.0)
IMP = ((9.0, 11.5, 12.0), (8.0, 10.0, 11.0), (11.0, 11.0, 10.9), (20.0, 21.0, 22.0))


def told(folder: Path, spec: LotterySpec, until: int = 10**6) -> Workspace:
    """A workspace in which trials have been judged, the first so many."""
    workspace = Workspace(folder)
    for number, trial in enumerate(trials(spec)):
        if number == until:
            break
        error = DENSE_ERRORS[trial.seed] if trial.arm == DENSE else IMP[trial.round - 1][trial.seed]
        workspace.end_step(trial.judge, {"error": error + (trial.arm == "random")})
        if trial.cut:
            workspace.end_step(trial.cut, {"sparsity": trial.sparsity, "sparsity_of_parameters": trial.sparsity / 2})
    return workspace


def test_matching_is_a_mean_at_or_below_the_dense_one(tmp_path: Path) -> None:
    spec = study(NAMED, arms=("imp", "random"), seeds=(0, 1, 2), rounds=4)
    found = findings(spec, told(tmp_path, spec))
    assert found is not None
    assert (found.network, found.missing, found.dense.arm) == ("adain", 0, DENSE)
    assert found.dense.error.mean == fmean(DENSE_ERRORS)
    assert [level.matches for level in found.of("imp")] == [True, True, True, False]
    assert found.of("imp")[0].errors == {0: 9.0, 1: 11.5, 2: 12.0}
    best, extreme = found.best("imp"), found.extreme("imp")
    assert best is not None
    assert extreme is not None
    assert (best.round, extreme.round) == (2, 3)
    assert (extreme.sparsity, extreme.sparsity_of_parameters) == (pytest.approx(0.488), pytest.approx(0.244))
    assert best.difference.mean == pytest.approx(-4 / 3)
    assert found.of("random")[1].error.mean == found.of("imp")[1].error.mean + 1
    assert findings(spec, Workspace(tmp_path)) == found


def test_what_is_not_done_is_left_out_and_counted(tmp_path: Path) -> None:
    spec = study(NAMED, arms=("imp",), seeds=(0, 1, 2), rounds=4)
    assert findings(spec, told(tmp_path / "nothing", spec, until=0)) is None
    found = findings(spec, told(tmp_path / "some", spec, until=3 + 2))
    assert found is not None
    assert found.missing == 3 * 4 - 2
    assert [level.round for level in found.of("imp")] == [1, 2]
    assert all(level.errors.keys() == {0} for level in found.of("imp"))
    assert all(level.difference.low is None for level in found.of("imp"))
    assert found.of("imp")[0].difference.mean == -1.0
    assert found.best("one-shot") is None
    assert found.extreme("one-shot") is None


def test_intervals_are_students() -> None:
    found = Interval.of([1.0, 2.0, 3.0])
    assert (found.mean, found.low, found.high) == (2.0, pytest.approx(2 - 4.303 / 3**0.5), pytest.approx(2 + 4.303 / 3**0.5))
    many = Interval.of([0.0, 1.0] * 50)
    assert many.high == pytest.approx(0.5 + 1.96 * 0.5025189 / 10, abs=1e-6)
    assert (Interval.of([4.0]).low, Interval.of([4.0]).mean) == (None, 4.0)
