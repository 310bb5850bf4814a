"""`intaglio import`: a checkpoint of another project becomes an artifact."""

from pathlib import Path
from typing import Annotated, Literal

import typer


def run(
    format_name: Annotated[str, typer.Argument(metavar="FORMAT", help="See intaglio models.", show_default=False)],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The checkpoint: a file or a folder.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write.", show_default=False)],
    normalize_on: Annotated[
        Path | None, typer.Option(help="Folder of photos over which each channel's mean activation becomes 1.")
    ] = None,
    cut: Annotated[
        Literal["relu3_1", "relu4_1"] | None,
        typer.Option(help="Which network of a folder that holds several, by the layer it stylizes at."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an artifact that is there already.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make an artifact of a checkpoint of another project."""
    from intaglio.cli.output import print_facts, print_json
    from intaglio.metrics.cost import cost_of
    from intaglio.storage.artifact import save_pretrained
    from intaglio.storage.catalog import IMPORT_FORMATS
    from intaglio.storage.import_format import ImportOptions
    from intaglio.storage.manifest import read_manifest, weights_path
    from intaglio.vocabulary.errors import OptionError

    form = IMPORT_FORMATS[format_name]
    if output.exists() and not force and not (output.is_dir() and not any(output.iterdir())):
        raise OptionError(f"{output} exists already; choose another folder, or replace an artifact with --force")
    pretrained = form(path, ImportOptions(normalize_on=normalize_on, cut=cut))
    save_pretrained(pretrained, output)
    document = {
        "artifact": str(output),
        "model": pretrained.card.name,
        "parameters": cost_of(pretrained.network).parameters,
        "bytes": weights_path(output).stat().st_size,
        "sha256": read_manifest(output).weights_sha256,
        "license": pretrained.source.license,
        "notes": list(pretrained.source.notes),
    }
    if as_json:
        print_json(document)
        return
    print_facts(
        [
            ("artifact", str(output)),
            ("model", f"{pretrained.card.name}: {pretrained.card.title}"),
            ("parameters", f"{document['parameters']:,}"),
            ("weights", f"{document['bytes']:,} bytes, SHA-256 {document['sha256']}"),
            ("license", pretrained.source.license or "not stated"),
            *(("note", note) for note in pretrained.source.notes),
            ("next", f"intaglio inspect {output}"),
        ]
    )
