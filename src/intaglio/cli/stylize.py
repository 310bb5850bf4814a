"""`intaglio stylize`: pictures in the style of others, at any size."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from intaglio.cli.engine_options import Address, EngineName, engine_of
from intaglio.cli.optimize import optimize_jobs, optimize_options, refuse_when_optimizing, refuse_without_optimizing

if TYPE_CHECKING:
    from intaglio.stylizing.job import StyleJob


def run(
    contents: Annotated[
        list[str], typer.Argument(metavar="CONTENT...", help="Pictures, folders or globs.", show_default=False)
    ],
    styles: Annotated[
        list[str],
        typer.Option(
            "--style", "-s", metavar="PATH[:WEIGHT]", help="A style picture; give several to mix them.", show_default=False
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write, or folder for several pictures.", show_default=False)
    ],
    model: Annotated[
        Path, typer.Option("--model", "-m", help="Folder of a style network or encoder, or name or kind of one of the package.")
    ] = Path("wct-16x"),
    method: Annotated[
        Literal["network", "optimize"], typer.Option(help="One pass of the network, or minutes of descent through its encoder.")
    ] = "network",
    strength: Annotated[float, typer.Option(help="0 keeps the content, 1 is the full style.")] = 1.0,
    keep_colors: Annotated[str, typer.Option(help="Keep the content's colors: none, luminance or match.")] = "none",
    stroke: Annotated[
        float | None, typer.Option(help="Shorter side of the style as a share of the content's; larger is broader.")
    ] = None,
    mask: Annotated[
        Path | None, typer.Option(help="Gray picture that gives each style its region: black the first, white the last.")
    ] = None,
    approximate: Annotated[
        bool, typer.Option("--approximate", help="manet: let large pictures attend to means of neighboring positions.")
    ] = False,
    memory: Annotated[str | None, typer.Option(help="Memory to stay below, such as 1GB.")] = None,
    tile: Annotated[str | None, typer.Option(help="Size of tiles, such as 512x128; chosen by itself if left out.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    precision: Annotated[str, typer.Option(help="float32, bfloat16 or auto.")] = "float32",
    runtime: Annotated[
        str, typer.Option(help="How pruned layers run on a CPU: auto (what is faster here), dense or sparse.")
    ] = "auto",
    plan_only: Annotated[bool, typer.Option("--plan", help="Show passes, tiles, memory, disk and time; run nothing.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False,
    quality: Annotated[int, typer.Option(help="Of JPEG and WebP, 1 to 100.")] = 92,
    pyramid: Annotated[bool, typer.Option("--pyramid", help="Write a TIFF pyramid for viewers.")] = False,
    pixel_budget: Annotated[int, typer.Option(help="Largest picture accepted, in megapixels.")] = 4000,
    iterations: Annotated[int | None, typer.Option(help="optimize: steps at each scale; default 100.")] = None,
    optimizer: Annotated[Literal["lbfgs", "adam"] | None, typer.Option(help="optimize: how to descend; default lbfgs.")] = None,
    content_weight: Annotated[float | None, typer.Option(help="optimize: how much the content counts; default 1.")] = None,
    style_weight: Annotated[float | None, typer.Option(help="optimize: how much the style counts; default 50.")] = None,
    tv_weight: Annotated[float | None, typer.Option(help="optimize: how much smoothness counts; default 5.")] = None,
    content_layer: Annotated[
        str | None, typer.Option(help="optimize: layer that contents are compared at; default relu4_2.")
    ] = None,
    scales: Annotated[
        int | None, typer.Option(help="optimize: number of sizes, each half the next; default until below 512.")
    ] = None,
    start: Annotated[
        Literal["content", "noise"] | None, typer.Option(help="optimize: where to begin; default content.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="optimize: of the noise; default 0.")] = None,
    engine: EngineName = None,
    address: Address = None,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Processes of one thread each that share the rows of a picture, or pictures; on a cluster, as many as it has "
            "room for if left out.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Stylize pictures of any size in bounded memory, or optimize smaller ones pixel by pixel."""
    from intaglio.cli.batch import find_contents, outputs_for, parse_styles
    from intaglio.cli.jobs import plan_document, timed
    from intaglio.cli.spread import orders_of, spread
    from intaglio.images.catalog import OutputOptions
    from intaglio.storage.artifact import from_pretrained
    from intaglio.storage.packed_network import to_run
    from intaglio.stylizing.job import StyleJob
    from intaglio.stylizing.options import StylizeOptions
    from intaglio.stylizing.picture_job import Limits
    from intaglio.stylizing.run import default_device
    from intaglio.vocabulary.quantities import parse_bytes, parse_size

    paths, weights = parse_styles(styles)
    limits = Limits(
        memory=parse_bytes(memory) if memory else None,
        device=default_device(device),
        pixel_budget=pixel_budget * 1_000_000,
        tile=parse_size(tile, 16) if tile else None,
    )
    output_options = OutputOptions(quality=quality, pyramid=pyramid)
    options = StylizeOptions.parse(
        {
            "strength": strength,
            "weights": weights,
            "keep_colors": keep_colors,
            "stroke": stroke,
            "precision": precision,
            "runtime": runtime,
            "approximate": approximate,
        },
        where="options",
    )
    of_optimize = {
        "--iterations": iterations,
        "--optimizer": optimizer,
        "--content-weight": content_weight,
        "--style-weight": style_weight,
        "--tv-weight": tv_weight,
        "--content-layer": content_layer,
        "--scales": scales,
        "--start": start,
        "--seed": seed,
    }
    if method == "optimize":
        of_network = {"--mask": mask is not None, "--tile": tile is not None, "--plan": plan_only, "--resume": resume}
        of_network |= {"--approximate": approximate, "--engine": engine is not None, "--workers": workers is not None}
        changed = {"--strength": strength != 1.0, "--precision": precision != "float32", "--runtime": runtime != "auto"}
        refuse_when_optimizing(of_network | changed)
        chosen = optimize_options(of_optimize, weights, keep_colors, stroke)
        network = from_pretrained(model)
        pairs = outputs_for(find_contents(contents), output)
        optimizations = optimize_jobs(network, pairs, paths, chosen, limits, output_options)
        _print_reports([timed(job, job.run, as_json) for job in optimizations], output, as_json)
        return
    refuse_without_optimizing(of_optimize)
    pairs = outputs_for(find_contents(contents), output)
    place = engine_of(engine, address)
    if (place.elsewhere or workers is not None) and not plan_only:
        orders = orders_of(pairs, model, paths, mask, options, limits, output_options)
        _print_reports(spread(orders, place, workers, resume, as_json), output, as_json)
        return
    network = to_run(model)
    jobs = [
        StyleJob(network, content, paths, out, options=options, mask=mask, limits=limits, output=output_options)
        for content, out in pairs
    ]
    if plan_only:
        _show_plans(jobs, as_json)
        return
    reports = [
        timed(job, functools.partial(job.run, resume=resume), as_json) | {"plan": plan_document(job.plan)} for job in jobs
    ]
    _print_reports(reports, output, as_json)


def _print_reports(reports: list[dict[str, Any]], output: Path, as_json: bool) -> None:
    if as_json:
        from intaglio.cli.output import print_json

        print_json(reports if output.is_dir() else reports[0])


def _show_plans(jobs: list["StyleJob"], as_json: bool) -> None:
    from intaglio.cli.jobs import plan_document, show_plan
    from intaglio.cli.output import print_json

    plans = [(job, job.estimated()) for job in jobs]
    if as_json:
        documents = [{"output": str(job.out), **plan_document(plan)} for job, plan in plans]
        print_json(documents if len(documents) > 1 else documents[0])
        return
    for job, plan in plans:
        show_plan(job, plan)
