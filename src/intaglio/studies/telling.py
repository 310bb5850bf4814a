"""`Telling`: what a study has to say, for machines and for people; surfaces decide how that looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of words and numbers."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[str] = ()
    """Columns that hold numbers."""


@dataclass(frozen=True)
class Facts:
    """Names and values."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Telling:
    """The same twice."""

    document: Any
    """For machines: of what JSON knows."""
    shown: Sequence[Table | Facts | str]
    """For people, from top to bottom; a text is a line."""
