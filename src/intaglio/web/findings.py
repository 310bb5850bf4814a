"""What a study found, as the page draws it: claims, figures, and tables of means."""

from intaglio.vocabulary.spec import Spec


class Claim(Spec):
    """What a paper says, and whether it holds here; None where that is not known."""

    text: str
    holds: bool | None


class Figure(Spec):
    """A plot, or a contact sheet."""

    number: int
    """Names it in the API."""
    kind: str
    """What the name of its file ends in, such as errors or pictures."""
    sheet: bool


class Cell(Spec):
    """A number or a word of a table."""

    text: str
    spread: str = ""
    """From the least to the largest over seeds, where they differ."""


class Table(Spec):
    """Numbers, a row for each setting, means over seeds."""

    columns: tuple[str, ...]
    numbers: tuple[bool, ...]
    """Which columns are numbers."""
    rows: tuple[tuple[Cell, ...], ...]
    seeds: int
    """Rows of the file that went into one row, at most."""


class Part(Spec):
    """One network of a study."""

    label: str
    claims: tuple[Claim, ...]
    figures: tuple[Figure, ...]
    table: Table | None
