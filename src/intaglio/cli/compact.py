"""`intaglio compact`: a network without the channels that say nothing, with the same output."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from torch import Tensor

    from intaglio.storage.pretrained import Pretrained


def run(
    context: typer.Context,
    model: Annotated[
        Path,
        typer.Argument(metavar="MODEL", help="Folder of a network, or name of one of the package.", show_default=False),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the smaller network.", show_default=False)],
    lossless: Annotated[
        bool,
        typer.Option("--lossless", help="Also remove channels that are constant on the pictures of --content and --style."),
    ] = False,
    content: Annotated[
        list[Path] | None, typer.Option("--content", help="Folders of contents to watch channels on.", show_default=False)
    ] = None,
    style: Annotated[list[Path] | None, typer.Option("--style", help="Folders of styles.", show_default=False)] = None,
    pictures: Annotated[int, typer.Option(help="How many pairs are watched; as many more are compared.")] = 32,
    size: Annotated[int, typer.Option(help="Shorter side of the pictures, pixels.")] = 256,
    multiple: Annotated[int, typer.Option(help="Widths are rounded up to a multiple of it; 16 suits processors.")] = 1,
    half: Annotated[bool, typer.Option("--half", help="Store the weights as float16.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Remove channels that have one value everywhere, and fold that value into the biases behind them.

    Filters without weights always go. With --lossless those go as well that never changed on pictures of contents and styles;
    other pictures are compared then, before and after.
    """
    import shlex
    from dataclasses import replace

    from intaglio.cli.before_after import costs_document, print_costs
    from intaglio.cli.output import print_facts, print_json, print_table
    from intaglio.exporting.compact import compacted, empty_filters
    from intaglio.exporting.constants import constant_on
    from intaglio.models.style.network import StyleNetwork
    from intaglio.pruning.widths.example import example_inputs
    from intaglio.storage.artifact import from_pretrained, save_pretrained
    from intaglio.storage.pretrained import Source
    from intaglio.vocabulary.errors import OptionError

    network = from_pretrained(model)
    compared, constants = [example_inputs(network.card, network.network)], None
    if lossless:
        if not (content and style and isinstance(network.network, StyleNetwork)):
            raise OptionError("--lossless watches a style network; name folders with --content and --style")
        pairs = list(_pairs(content, style, 2 * pictures, size, network.card.size_multiple))
        compared, constants = pairs[1::2], constant_on(network.network, pairs[::2])
    made, removals = compacted(network, constants, multiple=multiple)
    source = Source(parents=(("network", network.digest()),), commands=(shlex.join(["intaglio", *context.obj.arguments]),))
    made = replace(made, source=source.model_copy(update={"license": network.source.license}))
    save_pretrained(made, output, half=half)
    layers = {one.name: [one.before, one.after] for one in removals if one.after < one.before}
    difference = _difference(network, made, compared)
    empty = empty_filters(made.network)
    if as_json:
        print_json({"layers": layers, **costs_document(model, output), "difference": difference, "empty": empty})
        return
    numbers = ["channels", "left"]
    print_table(["layer", *numbers], ([name, *map(str, both)] for name, both in layers.items()), numbers=numbers)
    typer.echo()
    print_costs(model, output)
    typer.echo()
    unseen = f"{len(compared)} pairs that were not watched" if lossless else "noise"
    facts = [("difference", f"at most {difference:.2g}, on {unseen}")]
    # Where widths are rounded up it is what was asked for.
    if empty and multiple == 1:
        stay = ", ".join(f"{count} of {name}" for name, count in empty.items())
        facts.append(("empty still", f"{stay}: filters without weights that are mixed with others, or added to them"))
    print_facts(facts)


def _difference(before: "Pretrained", after: "Pretrained", pictures: "Sequence[tuple[Tensor, ...]]") -> float:
    """The largest between what they give."""
    import torch

    with torch.inference_mode():
        return max(float((before.network(*taken) - after.network(*taken)).abs().max()) for taken in pictures)


def _pairs(contents: list[Path], styles: list[Path], count: int, size: int, multiple: int) -> "Iterator[tuple[Tensor, ...]]":
    """Contents with styles, spread evenly over the folders."""
    from intaglio.data.folder import PictureFolder

    found = [PictureFolder.scan(paths).files for paths in (contents, styles)]
    for number in range(count):
        content, style = (_read(files[number * len(files) // count], size, multiple) for files in found)
        yield content, style


def _read(path: Path, size: int, multiple: int) -> "Tensor":
    """(1, 3, H, W) in [0, 1], sides cut to a multiple."""
    import torch

    from intaglio.images.whole import read_whole

    picture = torch.from_numpy(read_whole(path, shorter_side=size)).permute(2, 0, 1)[None].float() / 255
    height, width = (side // multiple * multiple for side in picture.shape[2:])
    return picture[:, :, :height, :width].contiguous()
