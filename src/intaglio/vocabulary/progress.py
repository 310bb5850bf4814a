"""`Progress`: the one event type that command line, web page and tests consume."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a piece of work is. The library emits these; it never prints."""

    task: str
    """What is being worked on, in the words of a user: "read", "stage 4: statistics", "write"."""
    step: int
    """Number of the current step, from 1."""
    steps: int
    """How many steps there are in all."""
    done: float
    """Work done over all steps, in `unit`."""
    total: float
    """Work there is over all steps, in `unit`."""
    unit: str = "Mpx"
    """Unit of `done` and `total`; megapixels unless said otherwise."""
    seconds: float = 0.0
    """Seconds since the work began in this process."""
    remaining: float | None = None
    """Estimated seconds to the end; None while nothing is known."""

    @property
    def fraction(self) -> float:
        """Done share in [0, 1]."""
        return min(1.0, self.done / self.total) if self.total > 0 else 1.0


Listener = Callable[[Progress], None]


def ignore(_: Progress) -> None:
    """The listener that does nothing."""
