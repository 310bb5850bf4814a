"""`intaglio inspect`: what is in an artifact."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intaglio.cli.before_after import Trial, show
from intaglio.cli.evaluation import Network

if TYPE_CHECKING:
    from intaglio.metrics.cost import Cost
    from intaglio.storage.pretrained import Pretrained


def run(
    artifact: Annotated[Path, typer.Argument(metavar="ARTIFACT", help="Folder of an artifact.", show_default=False)],
    before: Annotated[
        Path | None, typer.Option(help="The network it was made from: both are set side by side.", show_default=False)
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Labelled pictures, of classifiers: accuracy before and after.", show_default=False)
    ] = None,
    content: Annotated[
        Path | None, typer.Option(help="Contents, of style networks: errors before and after.", show_default=False)
    ] = None,
    style: Annotated[Path | None, typer.Option(help="Styles.", show_default=False)] = None,
    loss_network: Network = Path("loss-network"),
    size: Annotated[int, typer.Option(min=16, help="Side of the pictures that style networks are tried with.")] = 512,
    batch: Annotated[int, typer.Option(min=1, help="Pictures that classifiers are timed with.")] = 1,
    turns: Annotated[int, typer.Option(min=0, help="Timed runs of each; 0 for none.")] = 9,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check an artifact and show its layers and costs.

    With --before, set it beside the network that it was made from: what both cost, how fast they are here, what they are worth.
    """
    from intaglio.cli.output import print_facts, print_json, print_table
    from intaglio.metrics.cost import cost_of
    from intaglio.storage.artifact import from_pretrained
    from intaglio.storage.manifest import weights_path
    from intaglio.vocabulary.errors import OptionError

    if before is not None:
        trial = Trial(data=data, content=content, style=style, loss_network=loss_network, size=size, batch=batch, turns=turns)
        show(before, artifact, trial, as_json=as_json)
        return
    if unused := [name for name, value in (("data", data), ("content", content), ("style", style)) if value is not None]:
        raise OptionError(f"--{unused[0]} is of use only beside another network; name it with --before")
    pretrained = from_pretrained(artifact)
    cost = cost_of(pretrained.network)
    stored = weights_path(artifact).stat().st_size
    if as_json:
        print_json(_document(pretrained, cost, stored))
        return
    numbers = ["in", "out", "parameters", "MAC/px"]
    print_table(["layer", "kind", *numbers], _rows(cost), numbers=numbers)
    typer.echo()
    print_facts(_facts(pretrained, cost, stored))


def _rows(cost: "Cost") -> Iterator[list[str]]:
    for layer in cost.layers:
        macs = f"{float(layer.macs_per_pixel):,.10g}" if layer.macs_per_pixel else "-"
        kernel = "x".join(str(side) for side in layer.kernel)
        yield [layer.name, f"{layer.kind} {kernel}", str(layer.inputs), str(layer.outputs), f"{layer.parameters:,}", macs]


def _facts(pretrained: "Pretrained", cost: "Cost", size: int) -> Iterator[tuple[str, str]]:
    from intaglio.vocabulary.quantities import format_bytes

    yield "model", f"{pretrained.card.name}: {pretrained.card.title}"
    yield "parameters", f"{cost.parameters:,}, of which {cost.path_parameters:,} run"
    yield "cost", _cost(pretrained, cost)
    yield "weights", f"{size:,} bytes ({format_bytes(size)})"
    yield "digest", pretrained.digest()
    yield "license", pretrained.source.license or "not stated"
    if pretrained.source.format:
        yield "imported as", f"{pretrained.source.format}, {pretrained.source.repository}"
    for note in pretrained.source.notes:
        yield "note", note


def _cost(pretrained: "Pretrained", cost: "Cost") -> str:
    from intaglio.metrics.cost import side_of
    from intaglio.models.style.network import StyleNetwork

    if side := side_of(pretrained.network):
        return f"{float(cost.macs_per_pixel) * side**2 / 1e6:,.4g} MMAC per picture of {side} x {side}"
    passes = ", encoders and decoders" if isinstance(pretrained.network, StyleNetwork) else ""
    return f"{float(cost.macs_per_pixel) / 1000:,.4g} GMAC per megapixel{passes}"


def _document(pretrained: "Pretrained", cost: "Cost", size: int) -> dict[str, Any]:
    layers = [
        {
            "name": layer.name,
            "kind": layer.kind,
            "inputs": layer.inputs,
            "outputs": layer.outputs,
            "kernel": list(layer.kernel),
            "parameters": layer.parameters,
            "macs_per_pixel": float(layer.macs_per_pixel),
        }
        for layer in cost.layers
    ]
    return {
        "model": pretrained.card.name,
        "digest": pretrained.digest(),
        "config": pretrained.config.model_dump(mode="json"),
        "parameters": cost.parameters,
        "path_parameters": cost.path_parameters,
        "macs_per_megapixel": float(cost.macs_per_pixel * 1_000_000),
        "bytes": size,
        "source": pretrained.source.model_dump(mode="json"),
        "layers": layers,
    }
