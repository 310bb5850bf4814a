"""Pictures that an engine's workers stylize: the rows of one picture, or several pictures side by side."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from intaglio.cli.engine_options import apart

if TYPE_CHECKING:
    from intaglio.engines.engine import Engine
    from intaglio.images.catalog import OutputOptions
    from intaglio.stylizing.options import StylizeOptions
    from intaglio.stylizing.order import Order
    from intaglio.stylizing.picture_job import Limits
    from intaglio.vocabulary.progress import Listener


def orders_of(
    pairs: Sequence[tuple[Path, Path]],
    model: Path,
    styles: Sequence[Path],
    mask: Path | None,
    options: "StylizeOptions",
    limits: "Limits",
    output: "OutputOptions",
) -> "list[Order]":
    """One for each content, with absolute paths."""
    from intaglio.stylizing.order import Order

    return [
        Order(
            model=str(model.resolve() if model.is_dir() else model),
            content=content.resolve(),
            styles=tuple(style.resolve() for style in styles),
            out=out.resolve(),
            options=options,
            mask=mask.resolve() if mask else None,
            limits=limits,
            output=output,
        )
        for content, out in pairs
    ]


def spread(
    orders: "Sequence[Order]", engine: "Engine", workers: int | None, resume: bool, as_json: bool
) -> list[dict[str, Any]]:
    """Stylize, and report what each took."""
    from intaglio.cli.jobs import plan_document, timed
    from intaglio.stylizing.spread import SpreadJob, stylize_each
    from intaglio.vocabulary.errors import OptionError
    from intaglio.vocabulary.quantities import format_bytes, format_duration

    if workers is not None and workers < 1:
        raise OptionError(f"workers is {workers}; it has to be at least 1")
    if len(orders) == 1:
        job = SpreadJob(orders[0], engine, workers)

        def work(listener: "Listener") -> None:
            with apart(engine):
                job.run(resume=resume, listener=listener)

        return [timed(job, work, as_json) | {"plan": plan_document(job.plan)}]
    reports, shown = [], sys.stdout
    with apart(engine):
        for order, told in stylize_each(orders, engine, orders[0].out.parent, workers=workers, resume=resume):
            reports.append({"output": str(order.out), **told})
            if not as_json:
                took = f"{format_duration(told['seconds'])}, {format_bytes(told['peak_memory'])} of memory"
                typer.echo(f"{order.out}  {took}", file=shown)
    return reports
