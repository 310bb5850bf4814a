from pathlib import Path

import pytest

from intaglio.vocabulary.errors import InputError
from intaglio.vocabulary.progress import Progress
from intaglio.web.lock import held
from intaglio.web.records import Wanted
from intaglio.web.store import Store

WANTED = Wanted.parse({"content": "0" * 16, "styles": ["1" * 16], "network": "small"}, where="test")
HALF = Progress(task="encode", step=3, steps=5, done=1.0, total=2.0, remaining=7.0)


def test_jobs_are_claimed_in_turn_and_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first, second = (store.add_job(WANTED, 20, 10).id for _ in range(2))
    claimed = [store.claim("cpu"), Store(tmp_path).claim("cpu"), store.claim("cpu")]
    assert [one and one.id for one in claimed] == [first, second, None]
    assert claimed[0]
    assert (claimed[0].state, claimed[0].device, claimed[0].wanted) == ("running", "cpu", WANTED)


def test_a_report_gives_what_is_wanted(tmp_path: Path) -> None:
    store = Store(tmp_path)
    key = store.add_job(WANTED, 20, 10).id
    store.claim("cpu")
    assert store.report(key, HALF, 4, 1.5) == "run"
    store.wish(key, "pause")
    assert store.report(key, HALF, 4, 1.5) == "pause"
    found = store.job(key)
    assert found
    assert (found.state, found.wish, found.rows, found.remaining) == ("running", "pause", 4, 7.0)
    store.remove_job(key)
    assert store.report(key, HALF, 4, 1.5) == "cancel"


def test_a_job_that_does_not_run_follows_a_wish_at_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    key = store.add_job(WANTED, 20, 10).id
    for wish, state in [("pause", "paused"), ("run", "queued"), ("cancel", "canceled"), ("run", "canceled")]:
        store.wish(key, wish)  # type: ignore[arg-type]
        found = store.job(key)
        assert found
        assert found.state == state


def test_what_ran_when_a_worker_ended_goes_on_as_was_wished_but_not_for_ever(tmp_path: Path) -> None:
    store = Store(tmp_path)
    key, paused = (store.add_job(WANTED, 20, 10).id for _ in range(2))
    states = []
    for turn in range(6):
        store.claim("cpu")
        if turn == 0:
            store.claim("cpu")
            store.wish(paused, "pause")
        store.requeue("cpu")
        found = store.job(key)
        assert found
        states.append(found.state)
    assert states == ["queued"] * 4 + ["failed"] * 2
    other = store.job(paused)
    assert other
    assert other.state == "paused"


def test_jobs_of_a_device_that_is_gone_wait_for_any_other(tmp_path: Path) -> None:
    store = Store(tmp_path)
    key = store.add_job(WANTED, 20, 10).id
    store.claim("cuda:1")
    store.adopt(["cuda:1"])
    assert store.claim("cpu") is None
    store.adopt(["cpu"])
    claimed = store.claim("cpu")
    assert claimed
    assert claimed.id == key


def test_a_folder_has_one_server(tmp_path: Path) -> None:
    with held(tmp_path / "page"), pytest.raises(InputError, match=r"another server works there"), held(tmp_path / "page"):
        pass
    with held(tmp_path / "page"):
        assert (tmp_path / "page" / "lock").exists()
