"""`intaglio export`: a network as files that other programs run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from intaglio.exporting.export import Exported

# From which share of zeros on a network counts as pruned.
_PRUNED = 0.01


def run(
    model: Annotated[
        Path,
        typer.Argument(metavar="MODEL", help="Folder of a network, or name of one of the package.", show_default=False),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder to write; or a file, where the network is one.", show_default=False)
    ],
    format_name: Annotated[str, typer.Option("--format", help="What to write; onnx needs the extra of that name.")] = "onnx",
    precision: Annotated[
        Literal["float32", "float16"], typer.Option(help="Of weights and convolutions; pictures are float32 in any case.")
    ] = "float32",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write a network for other programs, and compare every file with torch, in the other program's runtime.

    Style networks become an encoder, a decoder and what lies between; what is known of a whole picture and of the style goes in
    beside the picture, so that other programs can stylize in tiles, too.
    """
    from intaglio.cli.output import print_facts, print_json, print_table
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.exporting.catalog import EXPORT_FORMATS
    from intaglio.exporting.export import TOLERATED, export, zero_share
    from intaglio.storage.artifact import from_pretrained

    form = EXPORT_FORMATS[format_name]
    form.require()
    network = from_pretrained(model)
    with progress_bar("export") as listener:
        files = export(network, output, form, precision=precision, listener=listener)
    zeros = zero_share(network)
    if as_json:
        document = {"format": form.title, "precision": precision, "tolerated": TOLERATED[precision], "zeros": zeros}
        print_json({**document, "files": [_document(one) for one in files]})
        return
    numbers = ["bytes", "difference"]
    rows = [[one.path.name, f"{one.size:,}", f"{one.difference:.1e}", one.graph.title] for one in files]
    print_table(["file", *numbers, ""], rows, numbers=numbers)
    typer.echo()
    print_table(["takes", "shape", ""], _inputs(files))
    typer.echo()
    facts = [
        ("format", f"{form.title}, {precision}"),
        (
            "difference",
            f"at most {max(one.difference for one in files):.1e} of the largest value; {TOLERATED[precision]:g} is tolerated",
        ),
    ]
    if zeros > _PRUNED:
        facts.append(
            (
                "zeros",
                f"{zeros:.1%} of the weights: other runtimes compute with them, as slowly as with the dense network; "
                "`intaglio compact` first takes out what it can",
            )
        )
    print_facts(facts)


def _inputs(files: "list[Exported]") -> list[list[str]]:
    """Each input of the files once."""
    ports = {(port.name, " x ".join(port.sides)): port for one in files for port in one.graph.takes}
    return [[name, shape, port.meaning] for (name, shape), port in ports.items()]


def _document(one: "Exported") -> dict[str, Any]:
    return {
        "path": str(one.path),
        "bytes": one.size,
        "difference": one.difference,
        "takes": [{"name": port.name, "shape": " x ".join(port.sides), "meaning": port.meaning} for port in one.graph.takes],
        "gives": list(one.graph.gives),
    }
