"""A model of how long pictures and studies take on many machines, fed by what `scaling.py` measured: `docs/scaling.md`.

    python benchmarks/scaling_model.py

Writes `results/DATE-scaling-model.md` and `.png`. Everything that was not measured here is an assumption, named in `Machine`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib as mpl
import torch

mpl.use("agg")
from matplotlib import pyplot

from intaglio.storage.packed_network import to_run
from intaglio.stylizing.options import StylizeOptions
from intaglio.stylizing.plan import make_plan
from intaglio.stylizing.schemes import scheme_of

RESULTS = Path(__file__).parent / "results"
SIDE, TILE, MODEL = 31_640, 512, "wct-16x"
# Training steps of each study at the scale of its paper, all networks and seeds: `intaglio study run NAME --dry-run`.
GRIDS = {
    "tickets": 46_142_622,
    "rewinding": 58_639_642,
    "transfer": 20_313_954,
    "networks": 32_857_095,
    "methods": 18_258_608,
    "joint-training": 1_922_606,
    "compression": 24_380_805,
}


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a worker and the storage can do."""

    macs: float
    """Multiply-adds a second of a worker, of convolutions as the engine runs them."""
    storage: float
    """Bytes a second of the shared storage, all workers together."""
    network: float
    """Bytes a second of statistics to the process that adds them up."""
    begin: float
    """Seconds until a worker is at its rows: a task, the network, the styles."""
    ends: float
    """Seconds per megapixel to decode the content and to encode the output, by one process."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a picture asks for."""

    macs: tuple[float, ...]
    """Of each pass, per pixel."""
    stored: tuple[float, ...]
    """Bytes that each pass reads and writes."""
    statistics: float
    """Bytes that come back from each row of tiles of a pass."""
    pixels: float
    rows: int
    """Of tiles."""
    twice: int
    """Rows of tiles that a worker pushes before its own."""


def seconds(load: Load, machine: Machine, workers: int) -> dict[str, float]:
    """Where the time goes."""
    workers = min(workers, load.rows)
    # The worker with most rows; all but the one at the top push some twice.
    longest = -(-(load.rows + load.twice * (workers - 1)) // workers) / load.rows
    return {
        "compute": sum(load.macs) * load.pixels * longest / machine.macs,
        "begin": len(load.macs) * machine.begin,
        "storage": sum(load.stored) / machine.storage,
        "statistics": len(load.macs) * load.rows * load.statistics / machine.network,
        "read and write": load.pixels / 1e6 * machine.ends,
    }


def picture(side: int = SIDE, tile: int = TILE) -> Load:
    """A square picture through the network that comes along."""
    given, device = to_run(MODEL), torch.device("cpu")
    scheme = scheme_of(given.network, StylizeOptions())  # type: ignore[arg-type]  # a style network
    plan = make_plan(scheme.passes, given.card, (side, side), [(512, 768)], memory=None, device=device, tile=(tile, tile))
    kept = [0, *(one.kept_bytes for one in plan.passes)]
    written = [one.written_bytes for one in plan.passes]
    raw = 3 * side * side
    stored = [before + after for before, after in zip(kept, written, strict=False)]
    stored[0] += raw
    stored[-1] += raw
    return Load(
        macs=tuple(one.macs for one in plan.passes),
        stored=tuple(stored),
        # The widest stage: sums and products of 128 channels, each with what rounding lost, in float64.
        statistics=2 * 8 * (128 * 128 + 128),
        pixels=side * side,
        rows=-(-side // tile),
        twice=1,
    )


def measured(document: Mapping[str, Any]) -> Machine:
    """A core of the machine that was measured."""
    cases = [case for case in document["cases"] if case["what"] == "picture" and case["label"] == "one worker"]
    best = min(cases, key=lambda case: sum(part["processor"] for part in case["parts"]))
    pixels = 2048 * 8192
    spent = sum(part["processor"] for part in best["parts"])
    macs = sum(picture(4096, 256).macs) * pixels
    return Machine(macs=macs / spent, storage=1e9, network=1e8, begin=0.5, ends=best["processor_here"] / (pixels / 1e6))


def main() -> None:
    """Write page and plot."""
    path = sorted(RESULTS.glob("*-scaling.json"))[-1]
    core = measured(json.loads(path.read_text()))
    # A third of what the data sheet of an H200 says of float32 without TF32, 67 TFLOP/s; two of these are a multiply-add.
    card = replace(core, macs=67e12 / 2 / 3, storage=2e9, network=1e9)
    load, counts = picture(), (1, 2, 4, 8, 16, 32)
    lines = ["| workers | compute | begin | storage | statistics | read and write | together |", "| --- |" + " ---: |" * 6]
    for name, machine in (("core", core), ("GPU", card)):
        for count in (1, 8, 32):
            spent = seconds(load, machine, count)
            cells = [f"{value:,.1f}" for value in (*spent.values(), sum(spent.values()))]
            lines.append(f"| {count} {name}{'s' * (count > 1)} | {' | '.join(cells)} |")
    grids = [
        "| study | training steps | GPU hours at 10 ms | at 30 ms | hours on 8 GPUs, at 10 to 30 ms |",
        "| --- |" + " ---: |" * 4,
    ]
    for study, steps in GRIDS.items():
        low, high = steps * 0.010 / 3600, steps * 0.030 / 3600
        grids.append(f"| {study} | {steps:,} | {low:,.0f} | {high:,.0f} | {low / 8:,.0f} to {high / 8:,.0f} |")
    total = sum(GRIDS.values())
    grids.append(f"| all | {total:,} | {total * 0.010 / 3600:,.0f} | {total * 0.030 / 3600:,.0f} | |")
    date = datetime.now(UTC).date().isoformat()
    text = [
        f"# A model of scaling, {date}",
        "",
        f"From {path.name}: a core does {core.macs / 1e9:.0f} G multiply-adds a second, and {core.ends:.3f} s per megapixel",
        f"are spent on reading and writing. {MODEL}, 1 Gpx, rows of tiles of {TILE} px; seconds.",
        "",
        *lines,
        "",
        *grids,
        "",
    ]
    stem = RESULTS / f"{date}-scaling-model"
    stem.with_suffix(".md").write_text("\n".join(text))
    draw(load, {"cores": core, "GPUs": card}, counts, stem.with_suffix(".png"))
    print("\n".join(text))


def draw(load: Load, machines: Mapping[str, Machine], counts: Sequence[int], path: Path) -> None:
    """Where the time goes, over the number of workers."""
    figure, axes = pyplot.subplots(1, len(machines), figsize=(10, 4), layout="constrained")
    for axis, (name, machine) in zip(axes, machines.items(), strict=True):
        spent = [seconds(load, machine, count) for count in counts]
        bottom = [0.0] * len(counts)
        for part in spent[0]:
            heights = [one[part] for one in spent]
            axis.bar([str(count) for count in counts], heights, bottom=bottom, label=part)
            bottom = [low + height for low, height in zip(bottom, heights, strict=True)]
        axis.set(title=f"1 Gpx on {name}", xlabel=name, ylabel="s")
    axes[0].legend()
    figure.savefig(path, dpi=90)


if __name__ == "__main__":
    main()
