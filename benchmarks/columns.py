"""Whether pruned columns of a layer are worth a kernel of their own: gathered rows and a product, beside dense convolutions.

    python benchmarks/columns.py [--turns 9]

A column is an input channel at a position of the kernel. The rows of the input that the columns left read are gathered, and a
matrix of what is left of the weights multiplies them. Beside it stand torch's convolution with zeros, and the kernel that the
engine compiles. Seconds are the processor's on one thread. Results go to `benchmarks/results/DATE-columns.{json,md}`.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from intaglio.metrics.latency import times_in_turns
from intaglio.runtime.columns import column_convolution
from intaglio.runtime.operators import Taps, Target
from intaglio.runtime.winograd import winograd_convolution
from record import record

# Channels in and out, and the side of the features: of VGG's third to fifth block at some hundred pixels.
LAYERS = ((64, 128), (128, 64), (256, 64), (512, 32))
RATIOS = (0.5, 0.75, 0.85, 0.9, 0.95)


def pruned(channels: int, ratio: float) -> Taps:
    """A convolution without so many of its columns."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(channels, channels, 3, 3, generator=generator, dtype=torch.float64) / channels**0.5
    kept = torch.rand(9 * channels, generator=generator).argsort().argsort() >= round(ratio * 9 * channels)
    return Taps("layer", weight * kept.view(channels, 3, 3), torch.zeros(channels, dtype=torch.float64))


def measure(channels: int, side: int, turns: int) -> list[dict[str, Any]]:
    """Seconds in turns: of the dense layer by torch and by the engine, and of what is left of its columns."""
    x = torch.rand(1, channels, side + 2, side + 2).to(memory_format=torch.channels_last)
    target, whole = Target(torch.device("cpu")), pruned(channels, 0.0)
    weight = whole.weight.float().to(memory_format=torch.channels_last)
    runs: dict[str, Callable[[], Tensor]] = {"torch": lambda: F.conv2d(x, weight)}
    operators = {"engine": winograd_convolution(whole, False, target)}
    operators |= {f"{ratio:g}": column_convolution(pruned(channels, ratio), False, target) for ratio in RATIOS}
    for name, operator in operators.items():
        runs[name] = lambda operator=operator: operator.run(x, side, side)  # type: ignore[misc]
    seconds = dict(zip(runs, times_in_turns(list(runs.values()), turns, time.process_time), strict=True))
    return [{"channels": channels, "side": side, "run": name, "seconds": found} for name, found in seconds.items()]


def markdown(document: dict[str, Any]) -> str:
    """The results as a page."""
    rows = []
    for channels, side in LAYERS:
        found = {
            case["run"]: median(case["seconds"])
            for case in document["cases"]
            if (case["channels"], case["side"]) == (channels, side)
        }
        shares = " | ".join(f"{found[name] / found['torch']:.2f}" for name in ("engine", *(f"{ratio:g}" for ratio in RATIOS)))
        rows.append(f"| {channels} | {side} x {side} | {found['torch'] * 1000:.1f} | 1 | {shares} |")
    return "\n".join(
        [
            "# Pruned columns, gathered and multiplied",
            "",
            f"{document['date']}, {document['hardware']}, commit {document['commit']}. Medians of {document['turns']} runs in",
            "turns, processor seconds on one thread, as shares of torch's dense convolution.",
            "",
            f"| channels | features | torch, ms | torch | engine | {' | '.join(f'{ratio:.0%} gone' for ratio in RATIOS)} |",
            f"| ---: | ---: | ---: | ---: | ---: | {' | '.join('---:' for _ in RATIOS)} |",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    record(
        "columns",
        __doc__,
        9,
        lambda turns: [case for channels, side in LAYERS for case in measure(channels, side, turns)],
        markdown,
    )
