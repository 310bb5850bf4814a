from pathlib import Path

import pytest

from intaglio.studies import history as histories
from intaglio.studies.history import Making, describe_code, history, note
from intaglio.studies.tickets.steps import Judge
from intaglio.studies.workspace import Workspace
from studies.small_studies import CROP

STEPS = [
    Judge(of=of, network="adain", loss_network="0", data={}, crop=CROP, batches=1, batch_size=1) for of in ("a", "b", "c", "d")
]


def making(**changes: object) -> Making:
    return Making.parse({"day": "2026-01-02", "seconds": 1.5, "hardware": "two cores", "code": "1", **changes}, where="here")


def test_steps_are_counted_by_hardware_and_code(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    made = [making(), making(day="2026-01-01", seconds=2), making(code="2")]
    for step, one in zip(STEPS, made, strict=False):
        note(one, workspace.begin_step(step))
        workspace.end_step(step, {})
    # Noted, but killed before it was done.
    note(making(), workspace.begin_step(STEPS[3]))
    first, second = history(STEPS, workspace)
    assert (first.steps, first.seconds, first.days) == (2, 3.5, ("2026-01-01", "2026-01-02"))
    assert (second.code, second.steps) == ("2", 1)


def test_the_code_of_a_checkout_has_a_commit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    describe_code.cache_clear()
    monkeypatch.setattr(histories, "_git", lambda *arguments: "abc1234" if "rev-parse" in arguments else " M file")
    (tmp_path / ".git").mkdir()
    monkeypatch.setattr(histories, "_PACKAGE", tmp_path / "src" / "intaglio")
    assert describe_code().endswith(", commit abc1234 with changes")
    describe_code.cache_clear()
    monkeypatch.setattr(histories, "_PACKAGE", tmp_path / "lib" / "site-packages" / "intaglio")
    assert "commit" not in describe_code()
    describe_code.cache_clear()
