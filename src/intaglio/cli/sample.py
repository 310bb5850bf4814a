"""`intaglio sample`: a grid of pictures that a generator makes."""

from pathlib import Path
from typing import Annotated

import typer


def run(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a generator.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Picture file for the grid.", show_default=False)],
    count: Annotated[
        int, typer.Option("--number", "-n", min=1, max=10_000, help="Pictures; with classes rounded up to full rows.")
    ] = 64,
    seed: Annotated[int, typer.Option(help="Of the random numbers that pictures are made of.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Draw pictures from a generator, in a grid; one that knows classes gives each a row.

    The same seed gives the same pictures; more of them begin with the same ones.
    """
    import math

    import torch

    from intaglio.cli.output import print_json
    from intaglio.images.grid import GAP, save_grid
    from intaglio.images.output import check_output
    from intaglio.models.gan.networks import Generator
    from intaglio.models.gan.sampling import sampled
    from intaglio.storage.artifact import from_pretrained
    from intaglio.vocabulary.errors import OptionError

    pretrained = from_pretrained(model)
    generator = pretrained.network
    if not isinstance(generator, Generator):
        raise OptionError(f"{model} is {pretrained.card.name}, a {pretrained.card.family}; sample takes a generator")
    known = generator.classes
    columns = math.ceil(count / known) if known else math.ceil(math.sqrt(count))
    rows = known or math.ceil(count / columns)
    cell = generator.config.side + 2 * GAP
    check_output(output, width=columns * cell, height=rows * cell)
    count = rows * columns if known else count
    classes = torch.arange(count) // columns if known else None
    made = torch.cat(list(sampled(generator, count, seed, classes)))
    # What is left of the last row stays white.
    cells = torch.cat([made, torch.ones(rows * columns - count, *made.shape[1:])])
    save_grid([cells[column::columns] for column in range(columns)], output)
    if as_json:
        facts = {"output": str(output), "pictures": count, "seed": seed, "side": generator.config.side}
        print_json({**facts, "rows": rows, "columns": columns, "classes": known})
    else:
        told = f", {known} classes, a row each" if known else ""
        typer.echo(f"{output}  {count} pictures of {generator.config.side} px, {columns} in a row{told}, seed {seed}")
