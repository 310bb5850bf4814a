"""What pages that follow jobs are answered: the list once a change, and nothing to who has it."""

import asyncio
from pathlib import Path

import pytest

from intaglio.web.following import Followed
from intaglio.web.records import Wanted
from intaglio.web.store import Store
from web.asking import Asker

WANTED = Wanted(content="0" * 16, styles=("1" * 16,), network="small")


def test_who_has_the_list_is_told_that_it_holds_until_it_changes(server: Asker) -> None:
    first = server.client.get("/api/jobs?unsettled=true")
    tag = first.headers["etag"]
    assert (first.status_code, first.headers["cache-control"]) == (200, "private, no-cache")
    again = server.client.get("/api/jobs?unsettled=true", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    store = server.client.app.state.studio.store
    key = store.add_job(WANTED, 8, 8).id
    store.wish(key, "cancel")
    changed = server.client.get("/api/jobs", headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json()[0]["id"]) == (200, key)
    store.remove_job(key)


def test_the_list_is_read_once_a_change_however_many_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, reads = Store(tmp_path), []
    found = Store.jobs
    monkeypatch.setattr(Store, "jobs", lambda self, **which: (reads.append(which), found(self, **which))[1])
    followed = Followed(store)

    async def ask() -> list[bytes]:
        return [bytes(answer.body) for answer in await asyncio.gather(*(followed.answer(True, "") for _ in range(20)))]

    async def follow() -> tuple[list[bytes], list[bytes]]:
        before = await ask()
        await asyncio.to_thread(store.add_job, WANTED, 8, 8)
        return before, await ask()

    before, after = asyncio.run(follow())
    followed.close()
    assert set(before) == {b"[]"}
    assert all(b'"state":"queued"' in body for body in after)
    assert len(reads) == 2
