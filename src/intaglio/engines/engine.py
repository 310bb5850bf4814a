"""`Engine`: where independent calls are done, and the crew that does them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from intaglio.storage.depot import Depot


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What work asks of an engine."""

    folder: Path | Depot
    """Absolute, or at a URL; every worker has to see it as it is here."""
    reads: tuple[Path, ...] = ()
    """Files and folders that every worker has to see too."""
    workers: int | None = None
    """Calls at once; None for one in this process, and on a cluster for as many as it has room for."""
    device: str = "cpu"
    """Of each call; of "cuda" without a number every card takes calls in turn."""
    threads: int = 1
    """Of each call."""
    memory: int = 0
    """Bytes that a worker may take; 0 where nobody said."""


class Crew(Protocol):
    """Workers; a call is `function(device, *arguments)`, its function at the top of a module, what it takes and gives small.

    A call may be done again when the worker that did it dies, so that it has to end the same from wherever it was left.
    """

    room: int
    """Calls that are worth being begun before one is awaited."""
    width: int
    """Calls that are done at once."""

    def begin(self, key: str, function: Callable[..., Any], *arguments: Any) -> None:
        """Have a call done."""
        ...

    def finished(self) -> tuple[str, Any]:
        """Wait for any of the calls that were begun: its key, and what it gave.

        Raises:
            IntaglioError: what the call raised.
            ResourceError: workers died.

        """
        ...


class Engine(Protocol):
    """A place to work."""

    elsewhere: bool
    """Whether calls are done on other machines than this one."""
    overhead: int
    """Bytes that a worker takes beside what a process of ours would."""

    def opened(self, demand: Demand) -> AbstractContextManager[Crew]:
        """A crew for as long as it is needed; calls that are under way when an error ends it are given up.

        Raises:
            OptionError: the engine is not installed, or not at its address.
            ResourceError: it cannot do such work.

        """
        ...
