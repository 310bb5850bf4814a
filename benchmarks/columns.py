"""Whether pruned columns of a layer are worth a kernel of their own: gathered rows and a product, beside dense convolutions.

    python benchmarks/columns.py [--turns 9]

A column is an input channel at a position of the kernel. The rows of the input that the columns left read are gathered, and a
matrix of what is left of the weights multiplies them. Beside it stand torch's convolution with zeros, and the kernel that the
engine compiles. Seconds are the processor's on one thread. Results go to `benchmarks/results/DATE-columns.{json,md}`.
"""

import argparse
import json
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.runtime.compile import compile_layers
from intaglio.runtime.hardware import describe_hardware
from intaglio.runtime.operators import Target

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
# Channels in and out, and the side of the features: of VGG's third to fifth block at some hundred pixels.
LAYERS = ((128, 64), (256, 64), (512, 32))
RATIOS = (0.5, 0.75, 0.9, 0.95)


def gathered(layer: nn.Conv2d, columns: Tensor) -> Callable[[Tensor], Tensor]:
    """The layer of these columns (channel, row, column of the kernel), on padded features (1, C, H + 2, W + 2)."""
    channels, rows, places = columns.unbind(1)
    matrix = layer.weight[:, channels, rows, places].contiguous()

    def run(padded: Tensor) -> Tensor:
        _, depth, height, width = padded.shape
        c, h, w = padded.stride()[1:]
        windows = padded.as_strided((depth, 3, 3, height - 2, width - 2), (c, h, w, h, w))
        made: Tensor = matrix @ windows[channels, rows, places].flatten(1)
        return made

    return run


def measure(channels: int, side: int, turns: int) -> list[dict[str, Any]]:
    """Seconds in turns: of the dense layer by torch and by the engine, and of what is left of its columns."""
    generator = torch.Generator().manual_seed(0)
    layer = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect").requires_grad_(False)
    padded = F.pad(torch.rand(1, channels, side, side, generator=generator), (1, 1, 1, 1), mode="reflect")
    layout = padded.to(memory_format=torch.channels_last)
    weight = layer.weight.to(memory_format=torch.channels_last)
    (operator,) = compile_layers(nn.Sequential(layer), Target(torch.device("cpu")))
    runs: dict[str, Callable[[], Tensor]] = {
        "torch": lambda: F.conv2d(layout, weight, layer.bias),
        "engine": lambda: operator.run(layout, side, side),
    }
    order = torch.randperm(9 * channels, generator=generator)
    for ratio in RATIOS:
        kept = order[: round((1 - ratio) * len(order))].sort().values
        columns = torch.stack([kept // 9, kept % 9 // 3, kept % 3], 1)
        run = gathered(layer, columns)
        runs[f"{ratio:g}"] = lambda run=run: run(padded)  # type: ignore[misc]
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(turns + 1):
        for name, one in runs.items():
            began = time.process_time()
            one()
            if turn:
                seconds[name].append(time.process_time() - began)
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


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=9)
    turns = parser.parse_args().turns
    torch.set_num_threads(1)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    document = {
        "date": datetime.now(UTC).date().isoformat(),
        "hardware": describe_hardware(torch.device("cpu")),
        "commit": commit.stdout.strip(),
        "turns": turns,
        "cases": [case for channels, side in LAYERS for case in measure(channels, side, turns)],
    }
    stem = RESULTS / f"{document['date']}-columns"
    stem.with_suffix(".json").write_text(json.dumps(document, indent=1) + "\n")
    stem.with_suffix(".md").write_text(markdown(document))
    print(markdown(document))


if __name__ == "__main__":
    main()
