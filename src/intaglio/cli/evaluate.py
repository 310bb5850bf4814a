"""`intaglio evaluate`: how well a style network stylizes, in numbers and on a sheet."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intaglio.cli.evaluation import (
    Contents,
    Device,
    Network,
    Sample,
    Seed,
    Size,
    Styles,
    describe_protocol,
    judge_model,
    read_grid,
    read_judge,
    read_subject,
)

if TYPE_CHECKING:
    from intaglio.training.evaluation import Evaluation


def run(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a style network.", show_default=False)],
    content: Contents,
    style: Styles,
    loss_network: Network = Path("loss-network"),
    sample: Sample = 400,
    seed: Seed = 0,
    size: Size = None,
    device: Device = "auto",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for results and sheet; goes on where it was interrupted.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Judge a style network on pairs of content and style."""
    from intaglio.cli.output import print_facts, print_json, print_table

    grid = read_grid(content, style, sample, seed)
    judge = read_judge(loss_network, size, device)
    subject, pretrained = read_subject(model, model.resolve().name)
    evaluation = judge_model(subject, pretrained, grid, judge, output)
    if as_json:
        print_json(evaluation.model_dump(mode="json", exclude={"results"}))
        return
    print_table(["value", "mean", "95 % interval", ""], _rows(evaluation), numbers=["mean", "95 % interval"])
    typer.echo()
    print_facts(_facts(evaluation, output))


def _rows(evaluation: "Evaluation") -> Iterator[list[str]]:
    from intaglio.metrics.catalog import METRICS

    for name, value in evaluation.values.items():
        metric, _, part = name.partition(".")
        interval = "-" if value.low is None or value.high is None else f"{value.low:.4g} .. {value.high:.4g}"
        about = "" if part else f"{METRICS[metric].title}; {METRICS[metric].better} is better"
        yield [f"  {part}" if part else name, f"{value.mean:.4g}", interval, about]


def _facts(evaluation: "Evaluation", output: Path | None) -> Iterator[tuple[str, str]]:
    from intaglio.training.evaluate import SHEET
    from intaglio.vocabulary.quantities import format_bytes

    subject = evaluation.subject
    yield "pairs", describe_protocol(evaluation)
    yield "speed", f"{evaluation.seconds_per_megapixel:.3g} s per megapixel of content, style included (median)"
    yield "weights", f"{format_bytes(subject.bytes)}, {subject.parameters:,} parameters"
    yield "on", "; ".join(evaluation.conditions)
    if output is not None:
        yield "look at", str(output / SHEET)
