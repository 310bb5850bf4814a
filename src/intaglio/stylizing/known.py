"""`Known`: what those who work on the same picture need not read again."""

from dataclasses import dataclass
from typing import Any

from intaglio.models.style.moments import Moments


@dataclass(kw_only=True)
class Known:
    """What is read of the pictures before the first pass; None is read, and put here, by whoever needs it first."""

    colors: Moments | None = None
    """Of the content."""
    styles: Any = None
    """What the network reads of each."""
