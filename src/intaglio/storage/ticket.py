"""`Ticket`: what makes a network a lottery ticket: the mask of its pruned weights, and where that comes from.

Departures:
- A ticket keeps the values that training starts from, also where they were drawn from a seed: a file that needs no other is
  worth more than the tenth that a seed would save.
"""

from dataclasses import dataclass, field

from intaglio.pruning.mask import Mask
from intaglio.vocabulary.spec import Spec


class Origin(Spec):
    """Where a ticket comes from; every field may be unknown."""

    method: str = ""
    """How it was found: "imp", "magnitude", "random" and so on."""
    study: str = ""
    """Digest of the study's description."""
    step: str = ""
    """Digest of the step of that study."""
    round: int = 0
    """How often weights were removed before."""
    rewound: int | None = None
    """The step of training whose weights it holds, 0 for those that training began with; None if they are trained."""


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """The mask of a network whose pruned weights are zero."""

    mask: Mask
    origin: Origin = field(default_factory=Origin)
