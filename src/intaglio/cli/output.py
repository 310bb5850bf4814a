"""How verbs print: tables for people, JSON for machines."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import typer

_PIPE_WIDTH = 120


def print_json(content: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Pairs of name and value, aligned, a line each."""
    pairs = list(facts)
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        typer.echo(f"{name:<{width}}  {value}")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[str] = ()) -> None:
    """A table; the columns named in `numbers` are aligned to the right; only the last column may be broken."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for position, column in enumerate(columns):
        justify: Literal["left", "right"] = "right" if column in numbers else "left"
        table.add_column(Text(column), justify=justify, overflow="fold", no_wrap=position < len(columns) - 1)
    for row in rows:
        # Text, not markup: a name may hold brackets.
        table.add_row(*(Text(cell) for cell in row))
    # A file or a pipe has no width; 80 columns, rich's choice for them, would break what is meant to be searched.
    Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH).print(table)
