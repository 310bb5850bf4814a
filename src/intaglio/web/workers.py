"""Processes that work for the server and end with it: one per device stylizes, job after job.

The server never decodes a pixel and never loads torch. A worker may be killed at any moment, and is, when the server
is: what it was doing goes on in the next one.
"""

import multiprocessing
import shutil
import signal
import threading
import time
from pathlib import Path

from intaglio.runtime.parent import follow_parent
from intaglio.vocabulary.progress import Progress
from intaglio.web.caps import Caps
from intaglio.web.records import JobRecord
from intaglio.web.store import Store

# Seconds between two looks into the queue, and between two notes of progress.
_LOOK, _NOTE = 0.2, 0.25
# Seconds after which a worker that ended is replaced.
_RETRY = 1.0


class Workers:
    """One process per device, replaced when it ends.

    Args:
        folder: of the store.
        devices: "cpu", "cuda" or "cuda:1".
        networks: folders by name.
        caps: of the server.

    """

    def __init__(self, folder: Path, devices: list[str], networks: dict[str, str], caps: Caps) -> None:
        self._arguments = {device: (folder, device, networks, caps) for device in devices}
        self._store = Store(folder)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._mind, daemon=True)

    def start(self) -> None:
        """Start them, and replace those that end until `close`."""
        self._store.adopt(list(self._arguments))
        self._thread.start()

    def close(self) -> None:
        """End them; what they were doing is queued."""
        self._closing.set()
        self._thread.join()

    def _mind(self) -> None:
        context = multiprocessing.get_context("spawn")
        processes: dict[str, multiprocessing.process.BaseProcess] = {}
        while not self._closing.is_set():
            for device, arguments in self._arguments.items():
                if device not in processes or not processes[device].is_alive():
                    self._store.requeue(device)
                    processes[device] = context.Process(target=_work, args=arguments, daemon=True)
                    processes[device].start()
            self._closing.wait(_RETRY)
        for process in processes.values():
            process.kill()
            process.join()


class _Paused(KeyboardInterrupt):
    """A run that is to keep what it has: the engine keeps it for an interruption, and removes it for an error."""


class _Canceled(Exception):  # noqa: N818 - no error
    """A run that is to leave nothing."""


def _work(folder: Path, device: str, networks: dict[str, str], caps: Caps) -> None:
    """What a worker does until it is killed."""
    follow_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server's to handle, which shares the terminal
    import intaglio.stylizing.job  # noqa: F401 - seconds that nobody should wait for later

    store = Store(folder)
    while True:
        job = store.claim(device)
        if job is None:
            time.sleep(_LOOK)
        else:
            _run(store, job, networks, caps)


def _run(store: Store, job: JobRecord, networks: dict[str, str], caps: Caps) -> None:
    from intaglio.vocabulary.errors import IntaglioError, JournalError
    from intaglio.web.running import plain, prepare
    from intaglio.web.showing import Showing

    folder, began, noted = store.job_folder(job.id), time.monotonic(), 0.0
    showing = Showing(folder / "tiles")

    def listen(progress: Progress) -> None:
        nonlocal noted
        now = time.monotonic()
        if now - noted > _NOTE:
            noted = now
            wish = store.report(job.id, progress, showing.rows, job.seconds + now - began)
            if wish == "pause":
                raise _Paused
            if wish == "cancel":
                raise _Canceled

    try:
        run = prepare(store, job.wanted, job.device, networks, caps, out=folder / "result.tif")
        try:
            run.run(resume=True, listener=listen, view=showing.view)
        except JournalError:
            # Another device, or another version of torch: what is there is of no use.
            shutil.rmtree(folder / "tiles", ignore_errors=True)
            run.run(listener=listen, view=showing.view)
    except _Paused:
        seconds = job.seconds + time.monotonic() - began
        store.change_job(job.id, state="paused", seconds=seconds, remaining=None, attempts=0)
    except _Canceled:
        store.change_job(job.id, state="canceled")
    except (IntaglioError, OSError) as error:
        store.change_job(job.id, state="failed", error=plain(error, store, job.wanted))
    except Exception as error:
        store.change_job(job.id, state="failed", error=f"a fault of the program: {type(error).__name__}")
        raise
    else:
        seconds = job.seconds + time.monotonic() - began
        megapixels = job.width * job.height / 1e6
        store.change_job(job.id, state="done", rows=job.height, done=megapixels, seconds=seconds, remaining=0.0)
