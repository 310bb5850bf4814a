"""What physically smaller networks are worth on a clock: VGG-16 and AdaIN before and after filters went, in turns.

    python benchmarks/compacting.py [--turns 7]

The smallest filters of every layer but those for colors and classes go, by L1, as many as make the network compute a half or a
quarter, and `compacted` takes them out. Weights are fresh: what a layer costs does not depend on their values. Seconds are the
processor's on one thread, which a busy machine disturbs less than those on the clock. Results go to
`benchmarks/results/DATE-compacting.{json,md}`.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn

from intaglio.exporting.compact import compacted
from intaglio.metrics.cost import cost_of
from intaglio.metrics.latency import times_in_turns
from intaglio.models.catalog import MODELS
from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.stylize import stylize
from record import record

SPEEDUPS, MULTIPLES = (2.0, 4.0), (1, 8, 16)
STYLED, CLASSIFIED = 768, 8


def fresh(name: str) -> Pretrained:
    """A network of the paper's size."""
    card = MODELS[name]
    config = card.config()
    torch.manual_seed(0)
    return Pretrained(card=card, config=config, network=card.build(config).eval().requires_grad_(False))


def prunable(network: Pretrained) -> dict[str, nn.Conv2d]:
    """All convolutions but those to and from colors."""
    return {
        name: layer
        for name, layer in network.network.named_modules()
        if isinstance(layer, nn.Conv2d) and layer.out_channels > 3 and not name.endswith("conv0")
    }


def cost(network: nn.Module) -> float:
    """Multiply-accumulates of a pixel."""
    return float(cost_of(network).macs_per_pixel)


def share_for(network: Pretrained, speedup: float) -> float:
    """The share of the filters of each layer without which the network computes so many times less."""
    card, layers = network.card, prunable(network)
    assert card.narrowed is not None
    outputs = {name: len(one.weight) for name, one in network.network.named_modules() if isinstance(one, nn.Conv2d | nn.Linear)}
    whole, low, high = cost(network.network), 0.0, 1.0
    for _ in range(6):
        share = (low + high) / 2
        left = {name: len(one.weight) - round(share * len(one.weight)) for name, one in layers.items()}
        made = card.build(card.narrowed(network.config, {**outputs, **left}))
        low, high = (share, high) if whole / cost(made) < speedup else (low, share)
    return high


def smaller(name: str, speedup: float, multiple: int) -> Pretrained:
    """The same without its smallest filters, physically; widths are rounded up."""
    network = fresh(name)
    share = share_for(network, speedup)
    for layer in prunable(network).values():
        norms = layer.weight.abs().sum((1, 2, 3))
        gone = norms.argsort()[: round(share * len(norms))]
        layer.weight[gone] = 0
        assert layer.bias is not None
        layer.bias[gone] = 0
    made, _ = compacted(network, multiple=multiple)
    return made


def runner(network: Pretrained) -> Callable[[], Tensor]:
    """A picture stylized by the engine, or a batch classified."""
    if network.card.family == "style":
        pictures = [torch.rand(1, 3, STYLED, STYLED) for _ in range(2)]
        return lambda: stylize(*pictures, model=network, device="cpu")
    batch = torch.rand(CLASSIFIED, 3, 224, 224)

    def classify() -> Tensor:
        with torch.inference_mode():
            made: Tensor = network.network(batch)
        return made

    return classify


def measure(name: str, turns: int) -> list[dict[str, Any]]:
    """Processor seconds of the whole network and all smaller ones, in turns."""
    networks = {("whole", 1): fresh(name)}
    networks |= {
        (f"{speedup:g}x", multiple): smaller(name, speedup, multiple) for speedup in SPEEDUPS for multiple in MULTIPLES
    }
    runs = {key: runner(network) for key, network in networks.items()}
    seconds = dict(zip(runs, times_in_turns(list(runs.values()), turns, time.process_time), strict=True))
    whole = cost(networks["whole", 1].network)
    return [
        {
            "network": name,
            "asked": asked,
            "multiple": multiple,
            "theoretical": whole / cost(networks[asked, multiple].network),
            "seconds": seconds[asked, multiple],
        }
        for asked, multiple in runs
    ]


def markdown(document: dict[str, Any]) -> str:
    """The results as a page."""
    rows = []
    for name in dict.fromkeys(case["network"] for case in document["cases"]):
        cases = [case for case in document["cases"] if case["network"] == name]
        whole = median(cases[0]["seconds"])
        for case in cases[1:]:
            measured = whole / median(case["seconds"])
            share = measured / case["theoretical"]
            numbers = f"{case['theoretical']:.2f} | {measured:.2f} | {share:.2f}"
            rows.append(f"| {name} | {case['asked']} | {case['multiple']} | {numbers} |")
    return "\n".join(
        [
            "# What smaller networks are worth on a clock",
            "",
            f"{document['date']}, {document['hardware']}, commit {document['commit']}. Medians of {document['turns']} runs in",
            f"turns, processor seconds on one thread: AdaIN stylizes {STYLED} x {STYLED} pixels in the engine, VGG-16",
            f"classifies {CLASSIFIED} pictures of 224 x 224. Theoretical are the multiply-accumulates of the whole over",
            "those of the smaller network, linear layers included.",
            "",
            "| network | asked for | widths in multiples of | theoretical | measured | measured of theoretical |",
            "| --- | --- | ---: | ---: | ---: | ---: |",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    record(
        "compacting", __doc__, 7, lambda turns: [case for name in ("vgg16", "adain") for case in measure(name, turns)], markdown
    )
