"""`intaglio prune`: remove weights of a network, in one cut or while it trains."""

from pathlib import Path
from typing import Annotated

import typer

from intaglio.cli import ticket
from intaglio.cli.times import parse_times


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
        float | None,
        typer.Option(help="Share of these weights that is gone in the end, below 1; of one cut.", show_default=False),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            help="One cut: magnitude, layerwise-magnitude, lamp, uniform-random, layerwise-random or erk. While a network "
            "trains: spp, increg, greg-1, greg-2, l1, lasso or slimming."
        ),
    ] = "magnitude",
    data: Annotated[
        Path | None,
        typer.Option(
            help="CIFAR-10, a folder with train and val and a folder for each class, or an .npz of arrays.", show_default=False
        ),
    ] = None,
    content: Annotated[list[Path] | None, typer.Option(help="Folders of contents.", show_default=False)] = None,
    style: Annotated[list[Path] | None, typer.Option(help="Folders of styles.", show_default=False)] = None,
    loss_network: Annotated[
        Path | None, typer.Option(help="Folder of the loss network; the network's encoder if left out.", show_default=False)
    ] = None,
    speedup: Annotated[
        float | None,
        typer.Option(
            parser=parse_times,
            metavar="TIMES",
            help="So many times fewer multiply-accumulates of convolutions, such as 4x.",
            show_default=False,
        ),
    ] = None,
    ratio: Annotated[
        float | None, typer.Option(help="Share of the groups of every layer that takes part.", show_default=False)
    ] = None,
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="Measure layers first; those that suffer more lose less.")
    ] = False,
    multiple: Annotated[
        int | None,
        typer.Option(
            help="With --speedup, groups that stay are a multiple of it; 8 if left out for filters and channels, since such "
            "widths suit processors, and 1 for others.",
            show_default=False,
        ),
    ] = None,
    spec_file: Annotated[
        Path | None, typer.Option("--spec", help="TOML file with settings of the training.", show_default=False)
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Of training while groups are pushed out.", show_default=False)] = None,
    retrain: Annotated[int | None, typer.Option(help="Steps of training after that.", show_default=False)] = None,
    device: Annotated[str, typer.Option(help="Where it trains: auto, cpu or cuda.")] = "auto",
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
    """Remove weights of a network; what is left is kept as a ticket, packed.

    In one cut, single weights by their size; or groups of weights, pushed out while the network trains: a classifier on
    `--data`, a style network on `--content` and `--style`.
    """
    from dataclasses import replace

    from intaglio.cli.prune_structured import Amount, Lessons, prune_structured
    from intaglio.cli.settings import overrule, read_settings
    from intaglio.pruning.catalog import PRUNERS, STRUCTURED, pruned
    from intaglio.pruning.mask import Mask
    from intaglio.pruning.prunable import prunable
    from intaglio.storage.artifact import from_pretrained, save_pretrained
    from intaglio.storage.ticket import Origin, Ticket
    from intaglio.vocabulary.errors import OptionError

    learning = {"data": data, "content": content, "style": style, "loss_network": loss_network}
    structured = {**learning, "speedup": speedup, "ratio": ratio, "sensitivity": sensitivity}
    structured |= {"multiple": multiple is not None, "spec_file": spec_file, "steps": steps, "retrain": retrain}
    cutting = {"sparsity": sparsity, "part": parts, "biases": biases, "color": color, "floor": floor, "half": half}
    for name, value in (cutting if method in STRUCTURED else structured).items():
        if value:
            option = "--" + name.removesuffix("_file").replace("_", "-")
            raise OptionError(f"{option} is not used by the method {method}; leave it out, or take another method")
    if method in STRUCTURED:
        settings = read_settings(spec_file)
        overrule(settings, ("pruning",), steps=steps, seed=seed)
        overrule(settings, ("retraining",), steps=retrain)
        lessons = Lessons(data=data, content=content, style=style, loss_network=loss_network)
        amount = Amount(speedup=speedup, ratio=ratio, sensitivity=sensitivity, multiple=multiple)
        conduct = (device, context.obj.arguments)
        prune_structured(model, method, output, lessons, amount, settings, conduct, as_json=as_json)
        return
    if sparsity is None:
        raise OptionError("--sparsity is missing; say which share of the weights goes")
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
