"""`intaglio demo`: the sample pictures through the small network that comes with the package."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intaglio.samples import CONTENT, ENGRAVING, NETWORKS, PAINTING

if TYPE_CHECKING:
    from intaglio.storage.pretrained import Pretrained
    from intaglio.stylizing.options import KeepColors


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One stylization of the sample."""

    name: str
    """Of the file, without suffix."""
    style: Path
    shown: str
    """What is special about it, and how `intaglio stylize` is told."""
    strength: float = 1.0
    keep_colors: "KeepColors" = "none"
    tile: tuple[int, int] | None = None


VARIANTS = (
    Variant(name="painted", style=PAINTING, shown="the full style"),
    Variant(name="painted-half", style=PAINTING, shown="--strength 0.5", strength=0.5),
    Variant(name="painted-in-tiles", style=PAINTING, shown="again, in tiles of 64x64 pixels", tile=(64, 64)),
    Variant(name="engraved", style=ENGRAVING, shown="the full style"),
    Variant(name="engraved-in-color", style=ENGRAVING, shown="--keep-colors luminance", keep_colors="luminance"),
)
SHEET = "sheet.png"


def run(output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the pictures.")] = Path("demo")) -> None:
    """Stylize the sample pictures that come with the package."""
    import time

    from intaglio.cli.output import print_table
    from intaglio.images.contact_sheet import contact_sheet
    from intaglio.metrics.cost import cost_of
    from intaglio.storage.artifact import from_pretrained
    from intaglio.vocabulary.quantities import format_bytes, format_duration

    _make_folder(output)
    began = time.monotonic()
    pretrained = from_pretrained(NETWORKS["wct-16x"])
    parameters, size = cost_of(pretrained.network).parameters, (NETWORKS["wct-16x"] / "model.safetensors").stat().st_size
    typer.echo(f"The network has {parameters:,} parameters in {format_bytes(size)}; intaglio inspect {NETWORKS['wct-16x']}")
    made = {variant.name: output / f"{variant.name}.png" for variant in VARIANTS}
    rows = []
    for variant in VARIANTS:
        seconds, tile = _stylize(pretrained, variant, made[variant.name])
        rows.append(
            [made[variant.name].name, variant.style.stem, f"{tile[1]}x{tile[0]}", format_duration(seconds), variant.shown]
        )
    print_table(["picture", "style", "tiles", "took", ""], rows, numbers=["tiles", "took"])
    typer.echo()
    difference = _compare(made["painted"], made["painted-in-tiles"])
    typer.echo(f"Largest difference between the two tilings of painted.png: {difference}.")
    top = [CONTENT, PAINTING, made["painted"], made["painted-half"]]
    bottom = [made["painted-in-tiles"], ENGRAVING, made["engraved"], made["engraved-in-color"]]
    contact_sheet([*top, *bottom], output / SHEET, columns=len(top))
    typer.echo(f"Took {format_duration(time.monotonic() - began)}. Look at {output / SHEET}:")
    typer.echo("  content,        painting,   full style,  half strength")
    typer.echo("  in small tiles, engraving,  full style,  in the content's colors")


def _make_folder(folder: Path) -> None:
    from intaglio.vocabulary.errors import OptionError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OptionError(f"{folder}: cannot be made a folder ({error.strerror}); choose another with --output") from None


def _stylize(pretrained: "Pretrained", variant: Variant, out: Path) -> tuple[float, tuple[int, int]]:
    """Seconds it took, and the height and width of its tiles."""
    import time

    from intaglio.cli.progress_bar import progress_bar
    from intaglio.stylizing.job import Limits, StyleJob
    from intaglio.stylizing.options import StylizeOptions

    began = time.monotonic()
    options = StylizeOptions(strength=variant.strength, keep_colors=variant.keep_colors, stroke=None)
    job = StyleJob(pretrained, CONTENT, [variant.style], out, options=options, limits=Limits(tile=variant.tile))
    with progress_bar(out.name) as listener:
        job.run(listener=listener)
    return time.monotonic() - began, job.plan.tile


def _compare(one: Path, other: Path) -> str:
    """How far two pictures of 8 bits are apart."""
    import pyvips

    pictures = [pyvips.Image.new_from_file(str(path)) for path in (one, other)]
    difference = (pictures[0] - pictures[1]).abs()
    levels, values = int(difference.max()), difference.width * difference.height * difference.bands
    differing = round((difference > 0).avg() / 255 * values)
    return f"{levels} of 255 levels, in {differing:,} of {values:,} values"
