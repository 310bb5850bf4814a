"""How jobs on picture files are run and shown: with a progress bar, timed; and their plans."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from intaglio.stylizing.optimize_job import OptimizeJob
    from intaglio.stylizing.picture_job import PictureJob
    from intaglio.stylizing.plan import Plan


def timed(job: "PictureJob | OptimizeJob", work: Callable[..., None], as_json: bool) -> dict[str, Any]:
    """Run a job and report what it took."""
    import resource
    import time

    from intaglio.cli.progress_bar import progress_bar
    from intaglio.vocabulary.quantities import format_bytes, format_duration

    began = time.monotonic()
    with progress_bar(job.content.path.name) as listener:
        work(listener=listener)
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if not as_json:
        size = f"{job.content.width}x{job.content.height}"
        typer.echo(f"{job.out}  {size}, {format_duration(seconds)}, {format_bytes(peak)} of memory")
    return {
        "output": str(job.out),
        "width": job.content.width,
        "height": job.content.height,
        "megapixels": round(job.content.pixels / 1e6, 6),
        "seconds": round(seconds, 3),
        "peak_memory": peak,
    }


def show_plan(job: "PictureJob", plan: "Plan", more: Sequence[tuple[str, str]] = ()) -> None:
    """Passes, then facts; `more` are told before what the run takes of the machine."""
    from intaglio.cli.output import print_facts, print_table
    from intaglio.vocabulary.quantities import format_bytes, format_duration

    rows = [
        [one.name, f"{one.macs / 1000:.1f}", format_bytes(one.kept_bytes) if one.kept_bytes else "-"] for one in plan.passes
    ]
    print_table(["pass", "kMAC/px", "leaves on disk"], rows, numbers=["kMAC/px", "leaves on disk"])
    typer.echo()
    padded = f", padded to {plan.padded_width}x{plan.padded_height}"
    same = (plan.height, plan.width) == (plan.padded_height, plan.padded_width)
    print_facts(
        [
            ("picture", f"{plan.width}x{plan.height}, {plan.megapixels:.4g} Mpx{'' if same else padded}"),
            ("output", f"{job.out}, {job.bits} bits"),
            *more,
            ("tiles", f"{plan.tile[1]}x{plan.tile[0]} on {plan.device}"),
            ("memory", f"about {format_bytes(plan.memory)}"),
            ("disk", f"about {format_bytes(plan.disk)} while it runs"),
            ("time", f"about {format_duration(plan.seconds or 0)}"),
        ]
    )


def plan_document(plan: "Plan") -> dict[str, Any]:
    """A plan for machines."""
    return {
        "tile": list(plan.tile),
        "padded": [plan.padded_width, plan.padded_height],
        "device": str(plan.device),
        "memory": plan.memory,
        "disk": plan.disk,
        "seconds": None if plan.seconds is None else round(plan.seconds, 2),
        "passes": [
            {"name": one.name, "macs_per_pixel": one.macs, "kept_bytes": one.kept_bytes, "memory": one.memory}
            for one in plan.passes
        ],
    }
