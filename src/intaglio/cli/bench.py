"""`intaglio bench`: how fast the layers of a network run here, and how near that is to what the processor can do."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from torch import nn

    from intaglio.models.style.network import StyleNetwork
    from intaglio.runtime.trial import LayerTrial


def run(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder or name of a style network.", show_default=False)],
    turns: Annotated[int, typer.Option(min=1, help="Timed runs of each layer.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Time every layer of a style network, zeros included and by the weights that are kept, beside the processor's peak."""
    import torch

    from intaglio.cli.output import print_facts, print_json, print_table
    from intaglio.runtime.hardware import describe_hardware
    from intaglio.runtime.trial import try_layers
    from intaglio.storage.packed_network import to_run
    from intaglio.stylizing.job import style_network

    network = style_network(to_run(model))
    trials = [(part, trial) for part, layers in _paths(network) for trial in try_layers(layers, turns)]
    hardware = describe_hardware(torch.device("cpu"))
    if as_json:
        print_json({"hardware": hardware, "layers": [{"part": part, **asdict(trial)} for part, trial in trials]})
        return
    numbers = ["in", "out", "kept", "dense, ms", "sparse, ms", "GFLOP/s", "of peak"]
    print_table(["layer", *numbers, "runs"], (_row(part, trial) for part, trial in trials), numbers=numbers)
    typer.echo()
    print_facts(_facts([trial for _, trial in trials], hardware))


def _paths(network: "StyleNetwork") -> "Iterator[tuple[str, nn.Sequential]]":
    """The paths of convolutions of a network, by name."""
    from torch import nn

    from intaglio.models.style.network import Cascade
    from intaglio.models.style.stepped import SteppedNetwork

    if isinstance(network, Cascade):
        for number, stage in enumerate(network.cascade(), 1):
            before = f"stage {number} " if len(network.cascade()) > 1 else ""
            yield f"{before}encoder", stage.encoder.layers
            yield f"{before}decoder", stage.decoder
        return
    assert isinstance(network, SteppedNetwork)
    yield "encoder", network.encoder.layers
    for step in network.steps():
        for part in step.parts:
            if isinstance(part, nn.Sequential):
                yield step.name, part


def _row(part: str, trial: "LayerTrial") -> list[str]:
    import torch

    milliseconds = [f"{1000 * trial.seconds[one]:.2f}" if one in trial.seconds else "-" for one in ("dense", "sparse")]
    rate = 2 * trial.macs / trial.seconds.get(trial.chosen, trial.seconds["dense"])
    share = rate / (trial.peak * torch.get_num_threads()) if trial.peak else 0.0
    speed = [f"{rate / 1e9:.1f}", f"{share:.0%}" if share else "-"]
    way = trial.ways.get(trial.chosen, trial.ways["dense"])
    return [f"{part} {trial.name}", str(trial.inputs), str(trial.outputs), f"{trial.kept:.1%}", *milliseconds, *speed, way]


def _facts(trials: "list[LayerTrial]", hardware: str) -> "Iterator[tuple[str, str]]":
    dense = sum(trial.seconds["dense"] for trial in trials)
    auto = sum(trial.seconds.get(trial.chosen, trial.seconds["dense"]) for trial in trials)
    yield "all layers", f"{1000 * dense:.1f} ms dense, {1000 * auto:.1f} ms as chosen, {dense / auto:.2f} times as fast"
    yield "counted", "multiply-adds of kept weights; a tile of 256 x 256 pixels; medians"
    yield "hardware", hardware
