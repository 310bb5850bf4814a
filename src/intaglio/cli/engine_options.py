"""Options that say where work is done."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from intaglio.engines.engine import Engine

EngineName = Annotated[
    str | None,
    typer.Option("--engine", help="local (this machine) or ray (a cluster, with the extra ray).", show_default=False),
]
Address = Annotated[
    str | None,
    typer.Option(
        help="ray: HOST:PORT of the cluster's head, auto (the one that this machine belongs to) or local (this machine alone); "
        "auto if left out.",
        show_default=False,
    ),
]


def engine_of(name: str | None, address: str | None) -> "Engine":
    """The engine that was named, or this machine.

    Raises:
        OptionError: an address that is of no use.
        UnknownNameError: there is no such engine.

    """
    from intaglio.engines.catalog import ENGINES

    # Ray asks nobody before it reports what a cluster of its own does, and warns of what changes in versions to come.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    return ENGINES[name or next(iter(ENGINES))](address)


@contextmanager
def apart(engine: "Engine") -> Iterator[None]:
    """Keep standard output for what was asked for: Ray writes there when workers die, among other things."""
    if not engine.elsewhere:
        yield
        return
    with redirect_stdout(sys.stderr):
        yield
