"""`StudyFacts`: what lies in the folder of a study's report, for the page to draw.

The folder is read as data: the facts, the table of numbers, and which figures there are. No code of studies is loaded, since
the server is to stay small; what is not there, or not as expected, is left out, and the full report is still there.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from statistics import fmean
from typing import Any

from intaglio.vocabulary.spec import Spec
from intaglio.web.caps import Id
from intaglio.web.findings import Cell, Claim, Figure, Part, Table

_FACTS, _NUMBERS, PAGE = "report.json", "report.csv", "index.html"
_LINES, _PIXELS, _PHOTOS = "image/svg+xml", "image/png", "image/jpeg"
TYPES = {".svg": _LINES, ".png": _PIXELS, ".jpg": _PHOTOS}
"""Figures: plots, each as lines and as pixels, and contact sheets."""
# More than any study writes; what is beyond is not read.
_BYTES, _ROWS, _FIGURES = 50_000_000, 20_000, 200
# Columns before this one say what was measured, those after it what came out, once for each seed.
_SEED = "seed"


class StudyFacts(Spec):
    """A report as data."""

    id: Id
    name: str
    title: str
    source: str
    scale: str
    made: str
    code: str
    machines: tuple[str, ...]
    notes: tuple[str, ...]
    parts: tuple[Part, ...]
    report: bool
    """Whether there is a page of its own too."""


def read_facts(key: str, folder: Path) -> StudyFacts:
    """Everything of a folder that can be drawn."""
    found = _json(folder / _FACTS)
    machines = dict.fromkeys(_text(one, "hardware") for one in _list(found, "history"))
    notes = found.get("notes")
    return StudyFacts(
        id=key,
        name=folder.resolve().name,
        title=_text(found, "title"),
        source=_text(found, "source"),
        scale=_text(found, "scale"),
        made=_text(found, "made"),
        code=_text(found, "code"),
        machines=tuple(machines),
        notes=tuple(str(note) for note in notes) if isinstance(notes, list) else (),
        parts=tuple(_parts(found, folder)),
        report=(folder / PAGE).is_file(),
    )


def _parts(found: dict[str, Any], folder: Path) -> Iterator[Part]:
    """Each network with its own files, then what belongs to none."""
    tables, figures = dict(_tables(folder / _NUMBERS)), list(enumerate(figures_of(folder)))
    for account in _list(found, "accounts"):
        label = _text(account, "label")
        # As reports call their files.
        stem = re.sub(r"[^\w.-]+", "-", label).strip("-")
        own = [(number, path) for number, path in figures if path.stem.startswith(f"{stem}-")]
        figures = [one for one in figures if one not in own]
        yield Part(
            label=label,
            claims=tuple(Claim(text=_text(one, "text"), holds=_holds(one)) for one in _list(account, "verdicts")),
            figures=tuple(_figure(number, path, stem) for number, path in own),
            table=tables.pop(label, None),
        )
    if figures or tables:
        rest = tuple(_figure(number, path, "") for number, path in figures)
        yield Part(label="", claims=(), figures=rest, table=next(iter(tables.values()), None))


def figures_of(folder: Path) -> list[Path]:
    """Plots and contact sheets, in order of their names; of a plot in two formats the one that can be enlarged."""
    if not folder.is_dir():
        return []
    found = sorted(path for path in folder.iterdir() if path.suffix in TYPES and path.is_file())
    lines = {path.stem for path in found if TYPES[path.suffix] == _LINES}
    return [path for path in found if TYPES[path.suffix] != _PIXELS or path.stem not in lines][:_FIGURES]


def _figure(number: int, path: Path, stem: str) -> Figure:
    return Figure(number=number, kind=path.stem.removeprefix(f"{stem}-"), sheet=TYPES[path.suffix] == _PHOTOS)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes()) if path.stat().st_size <= _BYTES else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _list(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = found.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) else ""


def _holds(claim: dict[str, Any]) -> bool | None:
    value = claim.get("holds")
    return value if isinstance(value, bool) else None


def _tables(path: Path) -> Iterator[tuple[str, Table]]:
    """A table for each label, in the order of the file."""
    try:
        if path.stat().st_size > _BYTES:
            return
        with path.open(encoding="utf-8", newline="") as file:
            columns, *rows = [row for _, row in zip(range(_ROWS), csv.reader(file), strict=False)]
    except (OSError, ValueError, csv.Error):
        return
    whole = [row for row in rows if len(row) == len(columns)]
    by_label = {label: list(group) for label, group in groupby(sorted(whole, key=lambda row: row[0]), lambda row: row[0])}
    for label in dict.fromkeys(row[0] for row in whole):
        yield label, _table(columns[1:], [row[1:] for row in by_label[label]])


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Rows that differ by their seed alone as one; a column that always says the same is left out."""
    seed = columns.index(_SEED) if _SEED in columns else len(columns)
    settings: dict[tuple[str, ...], list[Sequence[str]]] = {}
    for row in rows:
        settings.setdefault(tuple(row[:seed]), []).append(row[seed + 1 :])
    full = [
        [*(_cell([word]) for word in setting), *(_cell(column) for column in zip(*outcomes, strict=True))]
        for setting, outcomes in settings.items()
    ]
    names = [*columns[:seed], *columns[seed + 1 :]]
    kept = [place for place in range(len(names)) if place >= seed or len({row[place].text for row in full}) > 1]
    return Table(
        columns=tuple(names[place].replace("_", " ") for place in kept),
        numbers=tuple(all(_number(row[place].text) is not None or not row[place].text for row in full) for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in full),
        seeds=max(map(len, settings.values()), default=0),
    )


def _cell(words: Sequence[str]) -> Cell:
    """The mean of numbers; the first of anything else."""
    numbers = [value for word in words if (value := _number(word)) is not None]
    if len(numbers) < len(words) or not numbers:
        return Cell(text=words[0])
    low, high = f"{min(numbers):.4g}", f"{max(numbers):.4g}"
    return Cell(text=f"{fmean(numbers):.4g}", spread="" if low == high else f"{low} – {high}")


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None
