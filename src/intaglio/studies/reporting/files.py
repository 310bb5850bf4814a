"""The files of a report: a page, the facts, a table of numbers, and plots."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from intaglio.images.atomic import replacing
from intaglio.images.failures import unwritable
from intaglio.studies.reporting.drawing import Plot
from intaglio.studies.reporting.header import Header
from intaglio.training.evaluate import write_json, write_text

PAGE, FACTS, NUMBERS = "index.html", "report.json", "report.csv"


def make_folder(out: Path) -> None:
    """The folder of a report.

    Raises:
        ResourceError: it cannot be made.

    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(out, error) from None


def write_files(out: Path, *, page: str, report: Header, rows: Iterable[Sequence[object]], plots: Iterable[Plot]) -> None:
    """Write a report; earlier files of the same names are replaced.

    Args:
        out: its folder.
        page: HTML.
        report: the facts.
        rows: of the table of numbers, the names of its columns first.
        plots: each is written as SVG and PNG.

    Raises:
        ResourceError: the folder cannot be written.

    """
    for plot in plots:
        write_text(out / f"{plot.name}.svg", plot.svg)
        _write_bytes(out / f"{plot.name}.png", plot.png)
    write_json(out / FACTS, report.model_dump(mode="json"))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    write_text(out / NUMBERS, text.getvalue())
    write_text(out / PAGE, page)


def file_name(label: str) -> str:
    """A label as files are called."""
    return re.sub(r"[^\w.-]+", "-", label).strip("-")


def _write_bytes(path: Path, content: bytes) -> None:
    try:
        with replacing(path, durable=False) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise unwritable(path, error) from None
