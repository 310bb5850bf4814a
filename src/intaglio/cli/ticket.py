"""`intaglio ticket`: what is in a lottery ticket, and how it becomes a dense network and back."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intaglio.cli import ticket_channels

if TYPE_CHECKING:
    from intaglio.storage.pretrained import Pretrained, Source

app = typer.Typer(no_args_is_help=True, help="Show a lottery ticket, make a dense network of it, or make one.")
app.command("channels")(ticket_channels.run)

Folder = Annotated[Path, typer.Argument(metavar="TICKET", help="Folder of a ticket.", show_default=False)]
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder to write.", show_default=False)]
Half = Annotated[bool, typer.Option("--half", help="Store the weights as float16.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def show(ticket: Folder, as_json: Json = False) -> None:
    """Sparsity of the whole, of parts and of layers; sizes; where it comes from."""
    from intaglio.cli.output import print_json, print_table

    document = _document(ticket)
    if as_json:
        print_json(document)
        return
    rows = [
        [layer["name"], layer["part"], f"{layer['weights']:,}", f"{layer['kept']:,}", f"{layer['sparsity']:.2%}"]
        for layer in document["layers"]
    ]
    print_table(["tensor", "part", "weights", "kept", "sparsity"], rows, numbers=["weights", "kept", "sparsity"])
    typer.echo()
    _print_facts(document)


@app.command()
def apply(
    context: typer.Context,
    ticket: Folder,
    output: Output,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model", "-m", help="Network whose weights are pruned; the ticket's own if left out.", show_default=False
        ),
    ] = None,
    half: Half = False,
) -> None:
    """Make a dense network whose pruned weights are zero."""
    from dataclasses import replace

    from intaglio.storage.artifact import from_pretrained, save_pretrained

    given = _read(ticket)
    made = from_pretrained(model) if model else given
    origin = source(made, [("ticket", given), *([("network", made)] if model else [])], context.obj.arguments)
    assert given.ticket is not None
    given.ticket.mask.apply_(dict(made.network.named_parameters()))
    save_pretrained(replace(made, ticket=None, source=origin), output, half=half)
    typer.echo(f"{output}: {given.ticket.mask.kept:,} of {given.ticket.mask.count:,} weights are not pruned")


@app.command()
def pack(
    context: typer.Context,
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a pruned network.", show_default=False)],
    output: Output,
    half: Half = False,
    as_json: Json = False,
) -> None:
    """Pack a network whose pruned weights are zero; biases and the color convolution are stored whole."""
    from dataclasses import replace

    from intaglio.pruning.mask import Mask
    from intaglio.pruning.prunable import prunable
    from intaglio.storage.artifact import from_pretrained, save_pretrained
    from intaglio.storage.ticket import Origin, Ticket
    from intaglio.vocabulary.errors import InputError

    dense = from_pretrained(model)
    mask = Mask({name: weight != 0 for name, weight in prunable(dense.card, dense.network).items()})
    if mask.kept == mask.count:
        raise InputError(f"{model} has no weight that is zero; `intaglio prune` removes some")
    origin = dense.ticket.origin if dense.ticket else Origin()
    made = replace(
        dense, ticket=Ticket(mask=mask, origin=origin), source=source(dense, [("network", dense)], context.obj.arguments)
    )
    save_pretrained(made, output, half=half)
    report(output, as_json)


def source(made: "Pretrained", parents: "list[tuple[str, Pretrained]]", arguments: Any) -> "Source":
    """Where a network comes from that was made of others; license and notes are those of its weights."""
    return made.source.model_copy(
        update={
            "format": "",
            "files": (),
            "parents": tuple((role, parent.digest()) for role, parent in parents),
            "commands": (shlex.join(["intaglio", *arguments]),),
        }
    )


def report(folder: Path, as_json: bool) -> None:
    """Say what a ticket holds that was just made."""
    from intaglio.cli.output import print_json

    document = _document(folder)
    if as_json:
        print_json(document)
    else:
        _print_facts(document)


def _print_facts(document: dict[str, Any]) -> None:
    from intaglio.cli.output import print_facts
    from intaglio.vocabulary.quantities import format_bytes

    origin = document["origin"]
    held = "trained" if origin["rewound"] is None else f"those of step {origin['rewound']:,} of training"
    facts = [
        ("model", f"{document['model']}: {document['title']}"),
        ("weights kept", f"{document['kept']:,} of {document['weights']:,}, sparsity {document['sparsity']:.2%}"),
        ("parameters", f"{document['parameters']:,}; of these the pruned weights are {document['sparsity_of_parameters']:.2%}"),
        *((f"  {part['name']}", f"sparsity {part['sparsity']:.2%} of {part['weights']:,}") for part in document["parts"]),
        (
            "file",
            f"{format_bytes(document['bytes'])}, {document['bytes'] / document['dense_bytes']:.3f} of the dense float32 one",
        ),
        ("found by", origin["method"] or "not stated"),
        *([("study", f"{origin['study']}, step {origin['step']}, round {origin['round']}")] if origin["study"] else []),
        ("weights are", held),
        *((f"parent, {role}", digest) for role, digest in document["parents"]),
        ("digest", document["digest"]),
    ]
    print_facts(facts)


def _read(folder: Path) -> "Pretrained":
    from intaglio.storage.artifact import from_pretrained
    from intaglio.vocabulary.errors import InputError

    found = from_pretrained(folder)
    if found.ticket is None:
        raise InputError(
            f"{folder} is a dense network, not a ticket; `intaglio prune` or `intaglio ticket pack` makes one of it"
        )
    return found


def _document(folder: Path) -> dict[str, Any]:
    from intaglio.pruning.mask import Mask
    from intaglio.pruning.prunable import part_of
    from intaglio.storage.manifest import weights_path

    found = _read(folder)
    assert found.ticket is not None
    mask, parameters = found.ticket.mask, sum(one.numel() for one in found.network.parameters())
    parts = {
        part: Mask({name: one for name, one in mask.items() if part_of(found.card, name) == part}) for part in found.card.parts
    }

    def counts(name: str, of: Mask) -> dict[str, Any]:
        return {"name": name, "weights": of.count, "kept": of.kept, "sparsity": of.sparsity}

    return {
        "ticket": str(folder),
        "model": found.card.name,
        "title": found.card.title,
        "digest": found.digest(),
        "mask": mask.digest(),
        "weights": mask.count,
        "kept": mask.kept,
        "sparsity": mask.sparsity,
        "parameters": parameters,
        "sparsity_of_parameters": mask.sparsity_of(parameters),
        "bytes": weights_path(folder).stat().st_size,
        "dense_bytes": len(found.weights()),
        "origin": found.ticket.origin.model_dump(mode="json"),
        "parents": list(found.source.parents),
        "parts": [counts(part, of) for part, of in parts.items() if of.count],
        "layers": [counts(name, Mask({name: one})) | {"part": part_of(found.card, name)} for name, one in mask.items()],
    }
