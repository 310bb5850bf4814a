"""What channel tickets are worth on a clock: generators with fewer channels beside the dense ones, in turns.

    python benchmarks/channel_tickets.py [--turns 5]

Every layer that can be narrower keeps a share of its channels, chosen by scales that are drawn: what a layer costs does not
depend on which stay. What residual blocks add up stays as wide as it is, as in the paper; "all" are networks whose blocks add
up as much less as the rest, for comparison. Weights are fresh, tensors channels last. Seconds are the processor's on one
thread, which a busy machine disturbs less than those on the clock. Results go to
`benchmarks/results/DATE-channel-tickets.{json,md}`.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from torch import Tensor

from intaglio.exporting.channel_ticket import channel_ticket
from intaglio.metrics.cost import cost_of
from intaglio.metrics.latency import times_in_turns
from intaglio.models.catalog import MODELS
from intaglio.models.gan.networks import Generator
from intaglio.pruning.widths.narrowable import narrowable
from intaglio.storage.pretrained import Pretrained
from record import record

KEPT = (0.75, 0.5, 0.25)
BATCH, SIDE = 4, 96
# What the channels of all layers are multiples of, where blocks add up something.
WIDTHS = {"resnet-generator": 256, "cyclegan-generator": 64, "deep-conv-generator": None}


def fresh(name: str, **settings: Any) -> Pretrained:
    """A network of the paper's size, or of other widths."""
    card = MODELS[name]
    config = card.config.parse(settings, where=name)
    torch.manual_seed(0)
    return Pretrained(card=card, config=config, network=card.build(config).eval().requires_grad_(False))


def ticket(network: Pretrained, keep: float) -> Pretrained:
    """The same with a share of the channels of each layer."""
    widths = narrowable(network.card, network.config, network.network)
    source = torch.Generator().manual_seed(0)
    scales = {name: torch.rand(len(width), generator=source) + 0.01 for name, width in widths.items()}
    return channel_ticket(network, scales, keep, "layer")


def runner(network: Pretrained) -> Callable[[], Tensor]:
    """Pictures of a batch of latents, or of a picture."""
    made = network.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if isinstance(made, Generator):
        taken = made.example(torch.Generator().manual_seed(0), BATCH)
    else:
        taken = (torch.rand(1, 3, SIDE, SIDE).contiguous(memory_format=torch.channels_last),)

    def run() -> Tensor:
        with torch.inference_mode():
            pictures: Tensor = made(*taken)
        return pictures

    return run


def measure(name: str, turns: int) -> list[dict[str, Any]]:
    """Processor seconds of the dense network and all narrower ones, in turns."""
    networks = {("dense", 1.0): fresh(name)}
    networks |= {("inner", keep): ticket(networks["dense", 1.0], keep) for keep in KEPT}
    if width := WIDTHS[name]:
        networks |= {("all", keep): fresh(name, width=round(keep * width)) for keep in KEPT}
    runs = {key: runner(network) for key, network in networks.items()}
    seconds = dict(zip(runs, times_in_turns(list(runs.values()), turns, time.process_time), strict=True))
    costs = {key: float(cost_of(network.network).macs_per_pixel) for key, network in networks.items()}
    return [
        {
            "network": name,
            "channels": which,
            "keep": keep,
            "parameters": sum(one.numel() for one in networks[which, keep].network.parameters()),
            "theoretical": costs["dense", 1.0] / costs[which, keep],
            "seconds": seconds[which, keep],
        }
        for which, keep in networks
    ]


def markdown(document: dict[str, Any]) -> str:
    """The results as a page."""
    rows = []
    for name in dict.fromkeys(case["network"] for case in document["cases"]):
        cases = [case for case in document["cases"] if case["network"] == name]
        whole = median(cases[0]["seconds"])
        for case in cases:
            measured = whole / median(case["seconds"])
            numbers = f"{case['parameters']:,} | {median(case['seconds']):.3f} | {case['theoretical']:.2f} | {measured:.2f}"
            rows.append(
                f"| {name} | {case['channels']} | {case['keep']:g} | {numbers} | {measured / case['theoretical']:.2f} |"
            )
    return "\n".join(
        [
            "# What channel tickets are worth on a clock",
            "",
            f"{document['date']}, {document['hardware']}, commit {document['commit']}. Medians of {document['turns']} runs in",
            f"turns, processor seconds on one thread, float32, channels last: generators make {BATCH} pictures of 32 x 32,",
            f"CycleGAN's translates one of {SIDE} x {SIDE}. Theoretical are the multiply-accumulates of the dense network over",
            "those of the narrower one. Inner are the channels of a ticket, all that nothing is added to; all is a network",
            "whose residual blocks add up as much less, too.",
            "",
            "| network | channels | kept | parameters | seconds | theoretical | measured | measured of theoretical |",
            "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    record("channel-tickets", __doc__, 5, lambda turns: [case for name in WIDTHS for case in measure(name, turns)], markdown)
