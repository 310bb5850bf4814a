"""`intaglio inspect`: what is in an artifact."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from intaglio.metrics.cost import Cost
    from intaglio.storage.pretrained import Pretrained


def run(
    artifact: Annotated[Path, typer.Argument(metavar="ARTIFACT", help="Folder of an artifact.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check an artifact and show its layers and costs."""
    from intaglio.cli.output import print_facts, print_json, print_table
    from intaglio.metrics.cost import cost_of
    from intaglio.storage.artifact import from_pretrained, weights_path

    pretrained = from_pretrained(artifact)
    cost = cost_of(pretrained.network)
    size = weights_path(artifact).stat().st_size
    if as_json:
        print_json(_document(pretrained, cost, size))
        return
    numbers = ["in", "out", "parameters", "MAC/px"]
    print_table(["layer", "kind", *numbers], _rows(cost), numbers=numbers)
    typer.echo()
    print_facts(_facts(pretrained, cost, size))


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
    from intaglio.models.classify.classifier import Classifier

    if isinstance(pretrained.network, Classifier):
        side = pretrained.network.config.side
        return f"{float(cost.macs_per_pixel) * side**2 / 1e6:,.4g} MMAC per picture of {side} x {side}"
    return f"{float(cost.macs_per_pixel) / 1000:,.4g} GMAC per megapixel, encoders and decoders"


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
