"""`intaglio gallery`: contents x styles x networks, on a contact sheet and on a page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intaglio.samples import CONTENT, ENGRAVING, NETWORKS, PAINTING, WINDOW

if TYPE_CHECKING:
    from intaglio.cli.gallery_record import Gallery

_STYLES = (PAINTING, ENGRAVING, WINDOW)
# Pixels of a picture on the sheet, and how flat and how tall it may be there.
_CELL_WIDTH, _FLATTEST, _TALLEST = 320, 0.5, 1.25


def run(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder to write; pictures that are in it are kept.", show_default=False)
    ],
    contents: Annotated[
        list[str] | None,
        typer.Option(
            "--content", "-c", metavar="PATH", help="Contents: pictures, folders or globs; the sample photo if left out."
        ),
    ] = None,
    styles: Annotated[
        list[str] | None,
        typer.Option(
            "--style", "-s", metavar="PATH", help="Styles: pictures, folders or globs; the sample styles if left out."
        ),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", metavar="MODEL", help="Networks: folders or names; those of the package if left out."),
    ] = None,
    size: Annotated[int, typer.Option(help="Longest side of contents and styles, in pixels; they are never enlarged.")] = 512,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Stylize every content in every style with every network, for a contact sheet and a page."""
    from intaglio import __version__
    from intaglio.cli.gallery_choice import choose
    from intaglio.cli.gallery_page import page
    from intaglio.cli.gallery_paint import NUMBERS, PAGE, SHEET, hang
    from intaglio.cli.output_folder import make_folder
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.stylizing.run import default_device
    from intaglio.training.evaluate import write_text

    default_device(device)
    choice = choose(contents or [str(CONTENT)], styles or list(map(str, _STYLES)), models or list(NETWORKS), size)
    make_folder(output)
    with progress_bar("gallery") as listener:
        gallery, made = hang(choice, output, device, listener)
    write_sheet(gallery, output)
    write_text(output / PAGE, page(gallery, version=__version__, sheet=SHEET, numbers=NUMBERS))
    kept = f", {len(gallery.works) - made} were there" if made < len(gallery.works) else ""
    typer.echo(f"{made} pictures made{kept}. Look at {output / SHEET}, or open {output / PAGE}")


def write_sheet(gallery: "Gallery", folder: Path) -> None:
    """A row for each content and style: both, and what each network made of them."""
    from intaglio.cli.gallery_paint import SHEET
    from intaglio.images.contact_sheet import contact_sheet

    works = {(work.content, work.style, work.network): work.picture for work in gallery.works}
    shown = [
        entry
        for content in gallery.contents
        for style in gallery.styles
        for entry in (
            (content.picture, content.name),
            (style.picture, style.name),
            *((works[content.name, style.name, network.name], network.name) for network in gallery.networks),
        )
    ]
    tallest = max(one.height / one.width for one in (*gallery.contents, *gallery.styles))
    contact_sheet(
        [folder / picture for picture, _ in shown],
        folder / SHEET,
        columns=2 + len(gallery.networks),
        cell=(_CELL_WIDTH, round(_CELL_WIDTH * min(max(tallest, _FLATTEST), _TALLEST))),
        captions=[caption for _, caption in shown],
    )
