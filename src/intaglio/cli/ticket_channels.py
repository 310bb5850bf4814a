"""`intaglio ticket channels`: narrower networks to train, from a GAN that was trained with slimming."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from intaglio.pruning.channel_scales import Among
    from intaglio.storage.pretrained import Pretrained
    from intaglio.training.gan.slimming import Slimmed


def run(
    context: typer.Context,
    run_folder: Annotated[
        Path, typer.Argument(metavar="RUN", help="Folder of a run of `train --slim`, OUTPUT.run.", show_default=False)
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the narrower generator.", show_default=False)],
    keep: Annotated[
        float | None,
        typer.Option(help="Share of the channels that stays; all whose scale is not zero if left out.", show_default=False),
    ] = None,
    among: Annotated[
        str, typer.Option(help="network: all its channels compete for the share; layer: each layer keeps the share.")
    ] = "network",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take the networks that a GAN began with, without the channels that slimming found to matter little.

    Networks that were not slimmed are as the training began with them; all lie beside each other, for `train --start OUTPUT`.
    """
    import shlex
    from dataclasses import replace

    from intaglio.cli.before_after import costs_document, print_costs
    from intaglio.cli.output import print_json, print_table
    from intaglio.storage.artifact import save_pretrained
    from intaglio.training.gan.beginning import GENERATOR
    from intaglio.training.gan.slimming import begun_folder, read_slimmed

    slimmed = read_slimmed(run_folder)
    made = _made(slimmed, keep, _checked(among))
    folders = {part: output if part == GENERATOR else output.with_name(f"{output.name}.{part}") for part in made}
    command = shlex.join(["intaglio", *context.obj.arguments])
    for part, network in made.items():
        told = {"parents": (("begun with", slimmed.begun[part].digest()),), "commands": (command,)}
        save_pretrained(replace(network, source=network.source.model_copy(update=told)), folders[part])
    widths = {part: _widths(slimmed.begun[part], made[part], list(scales)) for part, scales in slimmed.scales.items()}
    costs = {part: (begun_folder(run_folder, part), folders[part]) for part in widths}
    if as_json:
        found = {part: {"layers": widths[part], **costs_document(*both)} for part, both in costs.items()}
        print_json({"output": str(output), "beside": [str(one) for one in folders.values() if one != output], **found})
        return
    for part, layers in widths.items():
        numbers = ["channels", "left"]
        print_table([part, *numbers], ([name, *map(str, both)] for name, both in layers.items()), numbers=numbers)
        typer.echo()
        print_costs(*costs[part])
        typer.echo()
    for folder in folders.values():
        typer.echo(str(folder))


def _checked(among: str) -> "Among":
    from typing import get_args

    from intaglio.pruning.channel_scales import Among
    from intaglio.vocabulary.errors import OptionError

    for known in get_args(Among):
        if among == known:
            found: Among = known
            return found
    raise OptionError(f"--among {among} is not known; say {' or '.join(get_args(Among))}")


def _made(slimmed: "Slimmed", keep: float | None, among: "Among") -> "dict[str, Pretrained]":
    """All networks of the game, the generator last: where it lies the others do."""
    from intaglio.exporting.channel_ticket import channel_ticket
    from intaglio.training.gan.beginning import GENERATOR

    parts = sorted(slimmed.begun, key=lambda part: part == GENERATOR)
    return {
        part: channel_ticket(slimmed.begun[part], slimmed.scales[part], keep, among)
        if part in slimmed.scales
        else slimmed.begun[part]
        for part in parts
    }


def _widths(before: "Pretrained", after: "Pretrained", names: list[str]) -> Mapping[str, list[int]]:
    """Channels of each layer before and after."""
    from intaglio.pruning.widths.channels import layers_of, outputs_of

    layers = [layers_of(one.network) for one in (before, after)]
    return {name: [outputs_of(one[name]) for one in layers] for name in layers[0] if name in names}
