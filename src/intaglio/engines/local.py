"""`Local`: calls in this process, or in several beside it that end with it."""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from typing import Any

import torch

from intaglio.engines.engine import Crew, Demand
from intaglio.runtime.parent import follow_parent
from intaglio.vocabulary.errors import OptionError, ResourceError


class Local:
    """The machine that asks.

    Args:
        address: none; it is here.

    Raises:
        OptionError: there is an address.

    """

    elsewhere, overhead = False, 0

    def __init__(self, address: str | None = None) -> None:
        if address is not None:
            raise OptionError(f"--address {address} is of a cluster; give --engine ray too, or leave it out")

    @contextmanager
    def opened(self, demand: Demand) -> Iterator[Crew]:
        """One worker is this process."""
        if demand.workers is None or demand.workers == 1:
            yield _Here(demand.device)
            return
        # Forked processes would inherit torch's threads in whatever state they are.
        context = get_context("spawn")
        places = context.SimpleQueue()
        for place in devices_of(demand.workers, demand.device):
            places.put(place)
        given = (places, demand.threads)
        with ProcessPoolExecutor(demand.workers, mp_context=context, initializer=_settle, initargs=given) as pool:
            try:
                yield _Beside(pool, demand.workers)
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise


def devices_of(workers: int, device: str) -> list[str]:
    """Where each worker computes."""
    count = torch.cuda.device_count() if device == "cuda" else 0
    return [f"{device}:{number % count}" if count else device for number in range(workers)]


class _Here:
    """The process that asks, one call after the other."""

    room = width = 1

    def __init__(self, device: str) -> None:
        self._device = device
        self._calls: list[tuple[str, Callable[..., Any], tuple[Any, ...]]] = []

    def begin(self, key: str, function: Callable[..., Any], *arguments: Any) -> None:
        """It is done when it is awaited."""
        self._calls.append((key, function, arguments))

    def finished(self) -> tuple[str, Any]:
        """Do the next one."""
        key, function, arguments = self._calls.pop(0)
        return key, function(self._device, *arguments)


class _Beside:
    """Processes beside this one."""

    def __init__(self, pool: ProcessPoolExecutor, room: int) -> None:
        self.room = self.width = room
        self._pool = pool
        self._running: dict[Future[Any], str] = {}

    def begin(self, key: str, function: Callable[..., Any], *arguments: Any) -> None:
        """Hand a call to whoever is free."""
        try:
            self._running[self._pool.submit(_do, function, arguments)] = key
        except BrokenProcessPool:
            raise _killed() from None

    def finished(self) -> tuple[str, Any]:
        """Any that is done."""
        done, _ = wait(self._running, return_when=FIRST_COMPLETED)
        future = done.pop()
        try:
            return self._running.pop(future), future.result()
        except BrokenProcessPool:
            raise _killed() from None


def _killed() -> ResourceError:
    return ResourceError("a worker was killed; run the same again, it goes on where it was")


_HERE: list[str] = []
"""The device of this worker."""


def _settle(places: "SimpleQueue[str]", threads: int) -> None:
    """Begin as a worker: a device of its own; it ends with the process that began it, however that ends."""
    # Another run may take over the calls of one that was killed; two must not do the same one.
    follow_parent()
    torch.set_num_threads(threads)
    _HERE[:] = [places.get()]


def _do(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return function(_HERE[0], *arguments)
