"""What a paper says, to be set beside what a study found: `Published` numbers, and `Claim`s that are checked."""

from collections.abc import Callable
from dataclasses import dataclass

from intaglio.studies.findings import Findings
from intaglio.vocabulary.spec import Spec


class Published(Spec):
    """The numbers of one arm for one network."""

    network: str
    """Name in the catalog of training methods."""
    arm: str
    dense: float
    """Error of the dense network that it is compared with."""
    best: float | None = None
    """Lowest error; None where none is below that of the dense network."""
    best_at: float | None = None
    """Sparsity there."""
    extreme: float | None = None
    """Highest sparsity at which the dense network is matched; 0 if at none."""
    table: str
    """Where it stands."""


@dataclass(frozen=True)
class Claim:
    """A statement of a paper that a study can be asked for."""

    text: str
    holds: Callable[[Findings], bool | None]
    """Whether it does here; None while what it needs is not there."""


class Verdict(Spec):
    """A claim, and whether it holds here."""

    text: str
    holds: bool | None
