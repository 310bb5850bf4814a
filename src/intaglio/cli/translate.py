"""`intaglio translate`: a picture of one kind made one of another, at any size."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from intaglio.stylizing.plan import Plan
    from intaglio.stylizing.translation_job import TranslationJob


def run(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a translator.", show_default=False)],
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="File to translate.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Picture file to write.", show_default=False)],
    memory: Annotated[
        str | None, typer.Option(help="Memory to stay below, such as 1GB; what does not fit is streamed.", show_default=False)
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    plan_only: Annotated[
        bool, typer.Option("--plan", help="Show passes, what they compute, memory, disk and time; run nothing.")
    ] = False,
    runtime: Annotated[
        Literal["auto", "dense", "sparse"], typer.Option(help="How pruned layers run on a CPU; auto is what is faster here.")
    ] = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False,
    quality: Annotated[int, typer.Option(help="Of JPEG and WebP, 1 to 100.")] = 92,
    pyramid: Annotated[bool, typer.Option("--pyramid", help="Write a TIFF pyramid for viewers.")] = False,
    pixel_budget: Annotated[int, typer.Option(help="Largest picture accepted, in megapixels.")] = 4000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Translate a picture of any size with a generator of CycleGAN: in memory if it fits, and streamed if not."""
    from intaglio.cli.jobs import timed
    from intaglio.cli.output import print_json
    from intaglio.images.catalog import OutputOptions
    from intaglio.storage.artifact import from_pretrained
    from intaglio.stylizing.picture_job import Limits
    from intaglio.stylizing.run import default_device
    from intaglio.stylizing.translation_job import TranslationJob
    from intaglio.vocabulary.quantities import parse_bytes

    limits = Limits(
        memory=parse_bytes(memory) if memory else None,
        device=default_device(device),
        pixel_budget=pixel_budget * 1_000_000,
    )
    options = OutputOptions(quality=quality, pyramid=pyramid)
    job = TranslationJob(from_pretrained(model), picture, output, limits=limits, output=options, runtime=runtime)
    if plan_only:
        _show_plan(job, as_json)
        return
    report = timed(job, functools.partial(job.run, resume=resume), as_json)
    if as_json:
        print_json(report | {"plan": _document(job, job.plan)})


def _show_plan(job: "TranslationJob", as_json: bool) -> None:
    from intaglio.cli.jobs import show_plan
    from intaglio.cli.output import print_json

    plan = job.estimated()
    if as_json:
        print_json({"output": str(job.out), **_document(job, plan)})
        return
    passes = "1 pass" if len(plan.passes) == 1 else f"{len(plan.passes)} passes"
    computed = f"{passes}, which compute {job.computed:.4g} Mpx in all for the picture's {plan.megapixels:.4g}"
    show_plan(job, plan, [("done", job.reason), ("work", computed)])


def _document(job: "TranslationJob", plan: "Plan") -> dict[str, Any]:
    from intaglio.cli.jobs import plan_document

    document = plan_document(plan)
    return {"streamed": job.streamed, "reason": job.reason, "computed_megapixels": round(job.computed, 6), **document}
