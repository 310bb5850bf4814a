"""What a paper says, to be checked by a study: `Claim`, and the `Verdict` of a report."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from intaglio.vocabulary.spec import Spec

T = TypeVar("T")


@dataclass(frozen=True)
class Claim(Generic[T]):
    """A statement that a study can be asked for, of findings of one family."""

    text: str
    holds: Callable[[T], bool | None]
    """Whether it does here; None while what it needs is not there."""


class Verdict(Spec):
    """A claim, and whether it holds here."""

    text: str
    holds: bool | None
