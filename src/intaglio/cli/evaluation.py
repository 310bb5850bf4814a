"""What `evaluate` and `compare` share: their options, and one model judged by them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from intaglio.storage.pretrained import Pretrained
    from intaglio.training.evaluation import Evaluation, Subject
    from intaglio.training.grid import Grid
    from intaglio.training.judge import Judge

Contents = Annotated[Path, typer.Option("--content", help="Folder of content pictures.", show_default=False)]
Styles = Annotated[Path, typer.Option("--style", help="Folder of style pictures.", show_default=False)]
Network = Annotated[
    Path,
    typer.Option("--loss-network", help="Artifact whose features are compared: an encoder or a style network."),
]
Sample = Annotated[int, typer.Option(help="How many pairs are drawn; 0 for all.")]
Seed = Annotated[int, typer.Option(help="Of the draw.")]
Size = Annotated[int | None, typer.Option(help="Shorter side that all pictures are resized to; their own if left out.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]


def read_grid(content: Path, style: Path, sample: int, seed: int) -> "Grid":
    """The pairs of two folders."""
    from intaglio.cli.batch import find_contents
    from intaglio.training.grid import Grid

    contents, styles = (find_contents([str(folder)]) for folder in (content, style))
    return Grid(contents=contents, styles=styles, sample=sample or None, seed=seed)


def read_judge(network: Path, size: int | None, device: str) -> "Judge":
    """The metrics through a loss network."""
    from intaglio.storage.loss_network import read_loss_network
    from intaglio.stylizing.run import default_device
    from intaglio.training.judge import Judge

    return Judge(read_loss_network(network), size, default_device(device))


def read_subject(folder: Path, name: str) -> "tuple[Subject, Pretrained]":
    """A style network and the facts about it."""
    from intaglio.metrics.cost import cost_of
    from intaglio.storage.artifact import from_pretrained
    from intaglio.storage.manifest import weights_path
    from intaglio.stylizing.job import style_network
    from intaglio.training.evaluation import Subject

    pretrained = from_pretrained(folder)
    cost = cost_of(style_network(pretrained))
    subject = Subject(
        name=name,
        model=pretrained.digest(),
        parameters=cost.parameters,
        bytes=weights_path(folder).stat().st_size,
        macs_per_megapixel=float(cost.macs_per_pixel * 1_000_000),
    )
    return subject, pretrained


def judge_model(
    subject: "Subject", pretrained: "Pretrained", grid: "Grid", judge: "Judge", folder: Path | None
) -> "Evaluation":
    """Stylize with the engine, and measure; the folder is gone on with if it holds a part of this evaluation."""
    from datetime import date

    from intaglio import __version__
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.runtime.hardware import describe_hardware
    from intaglio.stylizing.stylize import stylize
    from intaglio.training.evaluate import evaluate

    def engine(content: Any, style: Any) -> Any:
        return stylize(content, style, model=pretrained, device=judge.device)

    conditions = f"{describe_hardware(judge.device)}, intaglio {__version__}, {date.today().isoformat()}"
    with progress_bar(subject.name) as listener:
        return evaluate(subject, engine, grid, judge, folder=folder, conditions=conditions, listener=listener)


def describe_protocol(evaluation: "Evaluation") -> str:
    """One line: pairs, sizes, draw, loss network."""
    protocol = evaluation.protocol
    draw = "all pairs" if protocol.sample is None else f"{protocol.sample:,} pairs drawn with seed {protocol.seed}"
    size = "their own size" if protocol.size is None else f"a shorter side of {protocol.size} px"
    grid = f"{protocol.content_count} contents x {protocol.style_count} styles"
    return f"{draw} of {grid}, at {size}, loss network {protocol.loss_network}"
