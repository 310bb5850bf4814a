"""`Store`: pictures and jobs on disk, in one SQLite file that the server and its workers share.

    intaglio.sqlite            what is known of pictures and jobs
    pictures/ID/original       the file as it was uploaded
    pictures/ID/tiles/...      Deep Zoom tiles of it
    jobs/ID/result.tif         the result, and beside it what a run keeps to be resumed
    jobs/ID/tiles/...          Deep Zoom tiles of it, written as it comes

Whatever is killed, a row tells what to do next: what was running is queued again, and its run goes on where its journal says.
"""

import json
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from intaglio.vocabulary.progress import Progress
from intaglio.web.records import JobRecord, PictureRecord, Wanted

_TABLES = """
CREATE TABLE IF NOT EXISTS pictures (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, sample INTEGER NOT NULL, bytes INTEGER NOT NULL,
    received INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'arriving', width INTEGER NOT NULL DEFAULT 0,
    height INTEGER NOT NULL DEFAULT 0, tiled INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '', created REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, wanted TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'queued', wish TEXT NOT NULL DEFAULT 'run',
    device TEXT NOT NULL DEFAULT '', width INTEGER NOT NULL, height INTEGER NOT NULL, task TEXT NOT NULL DEFAULT '',
    step INTEGER NOT NULL DEFAULT 0, steps INTEGER NOT NULL DEFAULT 0, done REAL NOT NULL DEFAULT 0,
    rows INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0, remaining REAL, created REAL NOT NULL,
    error TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0
);
"""
_PATIENCE = 30.0
# A job whose worker ended so often without a word is not tried again.
_ATTEMPTS = 5
_ENDED = "it ended the process that worked on it, again and again; it may need more memory than there is"


class Store:
    """One folder of pictures and jobs; from any thread and process.

    Args:
        folder: made where it is missing.

    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "intaglio.sqlite"
        for name in ("pictures", "jobs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        with self._connection() as rows:
            rows.execute("PRAGMA journal_mode = WAL")
            rows.executescript(_TABLES)

    # Pictures

    def add_picture(self, name: str, size: int, role: str, *, sample: bool = False, key: str | None = None) -> PictureRecord:
        """Announce a picture whose bytes are still to come."""
        key = key or secrets.token_hex(8)
        (self.folder / "pictures" / key).mkdir(exist_ok=True)
        with self._connection() as rows:
            rows.execute(
                "INSERT INTO pictures (id, name, role, sample, bytes, created) VALUES (?, ?, ?, ?, ?, ?)",
                (key, name, role, sample, size, time.time()),
            )
        found = self.picture(key)
        assert found is not None
        return found

    def picture(self, key: str) -> PictureRecord | None:
        """One picture."""
        return next(iter(self._pictures("WHERE id = ?", key)), None)

    def pictures(self) -> list[PictureRecord]:
        """All of them, those that come along first, then the newest first."""
        return self._pictures("ORDER BY sample DESC, CASE sample WHEN 1 THEN created ELSE -created END")

    def abandoned(self, before: float) -> list[str]:
        """Pictures announced before a time whose bytes never came."""
        with self._connection() as rows:
            found = rows.execute("SELECT id FROM pictures WHERE state = 'arriving' AND created < ?", (before,)).fetchall()
        return [row["id"] for row in found]

    def change_picture(self, key: str, **fields: object) -> None:
        """Set columns."""
        self._change("pictures", key, fields)

    def remove_picture(self, key: str) -> None:
        """With its files."""
        with self._connection() as rows:
            rows.execute("DELETE FROM pictures WHERE id = ?", (key,))
        shutil.rmtree(self.picture_folder(key), ignore_errors=True)

    def picture_folder(self, key: str) -> Path:
        """Where its files lie."""
        return self.folder / "pictures" / key

    # Jobs

    def add_job(self, wanted: Wanted, width: int, height: int) -> JobRecord:
        """Queue a job for a picture of this size."""
        key = secrets.token_hex(8)
        self.job_folder(key).mkdir()
        with self._connection() as rows:
            rows.execute(
                "INSERT INTO jobs (id, wanted, width, height, created) VALUES (?, ?, ?, ?, ?)",
                (key, wanted.canonical_json(), width, height, time.time()),
            )
        found = self.job(key)
        assert found is not None
        return found

    def job(self, key: str) -> JobRecord | None:
        """One job."""
        return next(iter(self._jobs("WHERE id = ?", key)), None)

    def jobs(self, *, unsettled: bool = False) -> list[JobRecord]:
        """All of them, or those that are not over; the newest first."""
        which = "WHERE state IN ('queued', 'running', 'paused') " if unsettled else ""
        return self._jobs(f"{which}ORDER BY created DESC")

    def claim(self, device: str) -> JobRecord | None:
        """Take the oldest job that waits for this device or for any; it is running from then on."""
        with self._connection() as rows:
            row = rows.execute(
                "UPDATE jobs SET state = 'running', device = ?, task = '', attempts = attempts + 1 WHERE id = "
                "(SELECT id FROM jobs WHERE state = 'queued' AND device IN ('', ?) ORDER BY created LIMIT 1) RETURNING *",
                (device, device),
            ).fetchone()
        return None if row is None else _job(row)

    def wish(self, key: str, wish: Literal["run", "pause", "cancel"]) -> None:
        """Say what is wanted of a job; one that does not run follows at once, one that is over stays as it is."""
        settled = {"run": "queued", "pause": "paused", "cancel": "canceled"}[wish]
        with self._connection() as rows:
            rows.execute("UPDATE jobs SET wish = ? WHERE id = ? AND state IN ('queued', 'running', 'paused')", (wish, key))
            rows.execute("UPDATE jobs SET state = ? WHERE id = ? AND state IN ('queued', 'paused')", (settled, key))

    def report(self, key: str, progress: Progress, rows_shown: int, seconds: float) -> str:
        """Note how far a job is; gives what is wanted of it."""
        with self._connection() as rows:
            row = rows.execute(
                "UPDATE jobs SET task = ?, step = ?, steps = ?, done = ?, rows = ?, seconds = ?, remaining = ? WHERE id = ? "
                "RETURNING wish",
                (
                    progress.task,
                    progress.step,
                    progress.steps,
                    progress.done,
                    rows_shown,
                    seconds,
                    progress.remaining,
                    key,
                ),
            ).fetchone()
        return "cancel" if row is None else str(row["wish"])

    def change_job(self, key: str, **fields: object) -> None:
        """Set columns."""
        self._change("jobs", key, fields)

    def requeue(self, device: str) -> None:
        """What ran on a device when its worker ended is to go on, unless it has ended too many of them."""
        with self._connection() as rows:
            rows.execute(
                "UPDATE jobs SET state = 'failed', error = ? WHERE state = 'running' AND device = ? AND attempts >= ?",
                (_ENDED, device, _ATTEMPTS),
            )
            rows.execute(
                "UPDATE jobs SET state = CASE wish WHEN 'run' THEN 'queued' WHEN 'pause' THEN 'paused' ELSE 'canceled' END "
                "WHERE state = 'running' AND device = ?",
                (device,),
            )

    def adopt(self, devices: Sequence[str]) -> None:
        """Let jobs of devices that are no longer there wait for any other."""
        with self._connection() as rows:
            rows.execute(
                "UPDATE jobs SET device = '', state = CASE state WHEN 'running' THEN 'queued' ELSE state END "
                "WHERE state IN ('queued', 'running', 'paused') AND device NOT IN (SELECT value FROM json_each(?))",
                (json.dumps(["", *devices]),),
            )

    def remove_job(self, key: str) -> None:
        """With its files."""
        with self._connection() as rows:
            rows.execute("DELETE FROM jobs WHERE id = ?", (key,))
        shutil.rmtree(self.job_folder(key), ignore_errors=True)

    def job_folder(self, key: str) -> Path:
        """Where its files lie."""
        return self.folder / "jobs" / key

    # SQLite

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A transaction of its own: the file is shared by threads and processes."""
        connection = sqlite3.connect(self.path, timeout=_PATIENCE)
        connection.row_factory = sqlite3.Row
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def _pictures(self, which: str, *values: object) -> list[PictureRecord]:
        with self._connection() as rows:
            found = rows.execute(f"SELECT * FROM pictures {which}", values).fetchall()  # noqa: S608 - written in this file
        return [PictureRecord(**{name: row[name] for name in PictureRecord.model_fields}) for row in found]

    def _jobs(self, which: str, *values: object) -> list[JobRecord]:
        with self._connection() as rows:
            return [_job(row) for row in rows.execute(f"SELECT * FROM jobs {which}", values).fetchall()]  # noqa: S608

    def _change(self, table: str, key: str, fields: dict[str, Any]) -> None:
        columns = ", ".join(f"{name} = ?" for name in fields)
        with self._connection() as rows:
            rows.execute(f"UPDATE {table} SET {columns} WHERE id = ?", (*fields.values(), key))  # noqa: S608 - names of this code


def _job(row: sqlite3.Row) -> JobRecord:
    fields = {name: row[name] for name in JobRecord.model_fields}
    return JobRecord(**fields | {"wanted": Wanted.model_validate_json(row["wanted"])})
