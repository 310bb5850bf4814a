"""`Followed`: lists of jobs as everybody who follows them asks for them again and again, read and written out once a change.

A page asks every second. What it asks for is the same for all pages, and changes as often as a worker notes how far it is; in
between an answer is a comparison of two numbers, and for who has it already, no body.
"""

import asyncio
import hashlib
import sqlite3

from pydantic import TypeAdapter
from starlette.responses import Response

from intaglio.web.records import JobRecord
from intaglio.web.store import Store

_JOBS = TypeAdapter(list[JobRecord])


class Followed:
    """Jobs of a store; for one event loop.

    Args:
        store: that workers write to.

    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection = sqlite3.connect(store.path, check_same_thread=False)
        self._reading = asyncio.Lock()
        self._known: dict[bool, tuple[int, bytes, str]] = {}

    async def answer(self, unsettled: bool, tags: str) -> Response:
        """All jobs, or those that are not over.

        Args:
            unsettled: which.
            tags: `If-None-Match` of the request.

        """
        async with self._reading:
            # Taken before the jobs are read: what changes meanwhile is read the next time.
            version = self._version()
            known = self._known.get(unsettled)
            if known is None or known[0] != version:
                body = _JOBS.dump_json(await asyncio.to_thread(self._store.jobs, unsettled=unsettled))
                known = self._known[unsettled] = version, body, f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        _, body, tag = known
        # Kept by the browser, which asks whether it still holds.
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if tag in tags:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def _version(self) -> int:
        """A number that is another one after each change by any other connection, which all changes are."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
