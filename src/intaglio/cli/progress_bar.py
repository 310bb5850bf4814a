"""A progress bar on standard error, for people who watch."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from intaglio.cli.launched import first_process
from intaglio.vocabulary.progress import Listener, Progress, ignore


@contextmanager
def progress_bar(name: str) -> Iterator[Listener]:
    """A listener that draws a bar in a terminal, and nothing elsewhere."""
    if not (sys.stderr.isatty() and first_process()):
        yield ignore
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    from intaglio.vocabulary.quantities import format_duration

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[amount]}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=1.0, amount="", left="")

        def listen(progress: Progress) -> None:
            left = "" if progress.remaining is None else f"about {format_duration(progress.remaining)} left"
            description = f"{name}: {progress.task}"
            digits = 1 if progress.unit == "Mpx" else 0
            amount = f"{progress.done:,.{digits}f} of {progress.total:,.{digits}f} {progress.unit}"
            bar.update(task, completed=progress.done, total=progress.total, description=description, amount=amount, left=left)

        yield listen
