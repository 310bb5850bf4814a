"""`SetMetric`: a way to compare a set of generated pictures with a set of real ones."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from intaglio.metrics.set_features import SetFeatures
from intaglio.vocabulary.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a metric found."""

    value: float
    spread: float | None = None
    """Standard deviation over the subsets or splits whose mean the value is; None where there are none."""
    note: str = ""
    """What has to be known to read the value, without a full stop; empty where there is nothing."""


@dataclass(frozen=True, kw_only=True)
class SetMetric:
    """A way to judge a set of pictures; its file ends in one of these, and the catalog lists it."""

    name: str
    """Name in the catalog and on the command line."""
    symbol: str
    """What the field calls it; numbers carry the feature network beside it."""
    title: str
    """One line: what is computed, and whose definition it is."""
    better: Literal["lower", "higher"]
    """Which of two values is the better one."""
    settings: str = ""
    """Numbers of its own that decide the value, in words: part of the protocol."""
    least: int
    """Fewest pictures that a set may have."""
    features: bool = False
    """Whether it needs the features of every picture, of both sets, and not only their moments."""
    scores: bool = False
    """Whether it needs the scores of the generated pictures."""
    measure: Callable[[SetFeatures, SetFeatures, int], Measured]
    """Real set, generated set and a seed to the value."""

    def check(self, real: int, fake: int) -> None:
        """Refuse sets of too few pictures.

        Args:
            real: pictures of the real set.
            fake: of the generated one.

        Raises:
            InputError: one of them has fewer than `least`.

        """
        for kind, count in (("real", real), ("generated", fake)):
            if count < self.least:
                raise InputError(
                    f"{self.name} needs {self.least:,} pictures of each set, and there are {count:,} {kind} ones; give more, "
                    "or leave this metric out"
                )
