"""`intaglio prune`: remove weights of a network in one cut."""

from pathlib import Path
from typing import Annotated

import typer

from intaglio.cli import ticket


def run(
    context: typer.Context,
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL", help="Folder of a network or ticket, or name of one of the package.", show_default=False
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the ticket.", show_default=False)],
    sparsity: Annotated[
        float, typer.Option(help="Share of these weights that is gone in the end, below 1.", show_default=False)
    ],
    method: Annotated[
        str,
        typer.Option(help="magnitude, uniform-random, layerwise-magnitude, layerwise-random or erk (by shape)."),
    ] = "magnitude",
    parts: Annotated[
        list[str] | None,
        typer.Option("--part", help="What is pruned: encoder, transfer, decoder; all if left out.", show_default=False),
    ] = None,
    biases: Annotated[bool, typer.Option("--biases", help="Prune biases too.")] = False,
    color: Annotated[bool, typer.Option("--color", help="Prune the color convolution too.")] = False,
    floor: Annotated[float, typer.Option(help="Share of every tensor that stays whatever its weights are.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of what is drawn.")] = 0,
    half: Annotated[bool, typer.Option("--half", help="Store the weights as float16.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Remove weights of a network in one cut; what is left is kept as a ticket, packed."""
    from dataclasses import replace

    from intaglio.pruning.catalog import PRUNERS, pruned
    from intaglio.pruning.mask import Mask
    from intaglio.pruning.prunable import prunable
    from intaglio.storage.artifact import from_pretrained, save_pretrained
    from intaglio.storage.ticket import Origin, Ticket

    pruner = PRUNERS[method]
    dense = from_pretrained(model)
    weights = prunable(dense.card, dense.network, parts=parts, biases=biases, color=color)
    before = dense.ticket.mask if dense.ticket else Mask({})
    source = ticket.source(dense, [("network", dense)], context.obj.arguments)
    chosen = Mask({**Mask.full(weights), **{name: kept for name, kept in before.items() if name in weights}})
    cut = pruned(pruner, weights, chosen, sparsity, seed=seed, floor=floor)
    cut.apply_(weights)
    mask = Mask({**before, **cut})
    made = replace(dense, source=source, ticket=Ticket(mask=mask, origin=Origin(method=method)))
    save_pretrained(made, output, half=half)
    ticket.report(output, as_json)
