"""`intaglio demo`: the sample photo in three styles, a small distillation, and a page that shows both."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intaglio.samples import CONTENT, ENGRAVING, LANDSCAPE, NETWORKS, PAINTING, WINDOW

if TYPE_CHECKING:
    from intaglio.cli.demo_distillation import Lesson
    from intaglio.cli.demo_record import Network
    from intaglio.storage.pretrained import Pretrained

PAGE, NUMBERS = "index.html", "demo.json"
COMMANDS = (
    ("The same again, elsewhere", "intaglio demo -o elsewhere"),
    ("A photo of your own", "intaglio stylize photo.jpg --style style.jpg --model NETWORK -o stylized.jpg"),
    (
        "What it would take, before it runs",
        "intaglio stylize photo.jpg --style style.jpg --model NETWORK -o stylized.tif --plan",
    ),
    (
        "Two styles, three to one",
        "intaglio stylize photo.jpg --style one.jpg:3 --style other.jpg:1 --model NETWORK -o mixed.jpg",
    ),
    (
        "Never more than 1 GB of memory, and on with it after an interruption",
        "intaglio stylize photo.jpg --style style.jpg --model NETWORK -o stylized.tif --memory 1GB --resume",
    ),
    ("What is in a network", "intaglio inspect NETWORK"),
)


@dataclass(frozen=True, kw_only=True)
class Exhibits:
    """What is shown; tests show something smaller."""

    content: Path = LANDSCAPE
    styles: tuple[Path, ...] = (PAINTING, ENGRAVING, WINDOW)
    stroke: float = 0.6
    """Shorter side of the styles as a share of the content's."""
    networks: Mapping[str, Path] = field(default_factory=lambda: {name: NETWORKS[name] for name in ("wct-16x", "adain-16x")})
    small: Path = CONTENT
    """What the student is shown with."""
    lesson: "Lesson | None" = None
    """None for the usual one."""


def run(output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the page.")] = Path("demo")) -> None:
    """Stylize a sample photo in three styles, distill a small network for a minute, and show both on a page."""
    make_demo(output, Exhibits())


def make_demo(folder: Path, exhibits: Exhibits) -> None:
    """Write page, pictures and numbers into a folder; files of other names there stay."""
    from intaglio import __version__
    from intaglio.cli.demo_distillation import Lesson, distillation
    from intaglio.cli.demo_page import page
    from intaglio.cli.demo_pictures import detail, show, stylization
    from intaglio.cli.demo_record import Demo
    from intaglio.cli.output_folder import make_folder
    from intaglio.vocabulary.quantities import format_bytes, format_duration

    make_folder(folder, PAGE, NUMBERS)
    began = time.monotonic()
    networks = {name: _loaded(path) for name, path in exhibits.networks.items()}
    content = show(exhibits.content, folder)
    detail(exhibits.content, folder / "detail.jpg")
    styles = tuple(show(style, folder) for style in exhibits.styles)
    stylizations = []
    for name, pretrained in networks.items():
        for style in exhibits.styles:
            one = stylization(folder, name, pretrained, exhibits.content, style, exhibits.stroke)
            typer.echo(f"{one.picture}: {format_duration(one.seconds)}, at most {format_bytes(one.peak_bytes)} of memory")
            stylizations.append(one)
    lesson = exhibits.lesson or Lesson()
    typer.echo(f"Distilling a stage of {lesson.network}, which takes about {format_duration(lesson.seconds)} ...")
    learned = distillation(
        folder,
        networks[lesson.network],
        lesson,
        [exhibits.content, *exhibits.styles],
        (exhibits.small, exhibits.styles[0]),
    )
    demo = Demo(
        version=__version__,
        threads=_threads(),
        seconds=time.monotonic() - began,
        content=content,
        detail="detail.jpg",
        styles=styles,
        networks=tuple(_facts(name, networks[name], path) for name, path in exhibits.networks.items()),
        stylizations=tuple(stylizations),
        distillation=learned,
        commands=COMMANDS,
    )
    _write(folder / NUMBERS, json.dumps(demo.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n")
    _write(folder / PAGE, page(demo))
    typer.echo(f"Took {format_duration(demo.seconds)}. Open {folder / PAGE}")


def _loaded(path: Path) -> "Pretrained":
    from intaglio.storage.artifact import from_pretrained

    return from_pretrained(path)


def _facts(name: str, pretrained: "Pretrained", folder: Path) -> "Network":
    from intaglio.cli.demo_record import Network
    from intaglio.metrics.cost import cost_of
    from intaglio.storage.manifest import weights_path

    return Network(
        name=name,
        title=pretrained.card.title,
        parameters=cost_of(pretrained.network).path_parameters,
        bytes=weights_path(folder).stat().st_size,
        license=pretrained.source.license,
    )


def _threads() -> int:
    import torch

    return torch.get_num_threads()


def _write(path: Path, text: str) -> None:
    from intaglio.images.atomic import replacing
    from intaglio.images.failures import unwritable

    try:
        with replacing(path, durable=False) as temporary:
            temporary.write_text(text, "utf-8")
    except OSError as error:
        raise unwritable(path, error) from None
