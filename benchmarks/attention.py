"""Attention in blocks beside the formula with the whole N x M matrix, as the reference codes write it.

    OMP_NUM_THREADS=1 python benchmarks/attention.py             everything, three runs each: about ten minutes
    python benchmarks/attention.py --only sanet-512 --rounds 1   one case

Each run has a process of its own, so that the largest resident memory is its own too; the ways take turns. Inputs are drawn at
random, as large as those of a content of 1024 x 1024. "memory beside inputs" leaves out the interpreter, the libraries and the
inputs. Results go to `benchmarks/results/DATE-attention.{json,md}`.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from intaglio.models.style.attended_spread import AttendedSpread
from intaglio.models.style.attention import attend
from stylize import RESULTS, machine

SIDE = 1024
KEPT = 4096


@dataclass(frozen=True)
class Case:
    """An attention of a published network."""

    title: str
    cell: int
    """Pixels per content position and axis, of a square picture with sides of 1024 pixels."""
    keys: int
    """Style positions."""
    channels: int
    """Of queries and keys."""
    depth: int
    """Of values."""
    spread: bool = False
    """Whether the standard deviation of the values is wanted beside their mean."""

    @property
    def queries(self) -> int:
        """Content positions."""
        return (SIDE // self.cell) ** 2

    @property
    def ours(self) -> str:
        """Of the ways, the one that the network takes."""
        return "AttendedSpread" if self.spread else "attend"

    @property
    def ways(self) -> list[str]:
        """That can do it."""
        return [name for name in WAYS if self.spread or name != "AttendedSpread"]

    @property
    def macs(self) -> int:
        """Multiply-adds of the products."""
        return self.queries * self.keys * (self.channels + (1 + self.spread) * self.depth)

    def inputs(self) -> tuple[Tensor, Tensor, Tensor]:
        """Query (1, C, n, 1), key (1, C, M) and value (1, D, M), with logits of deviation 5."""
        generator = torch.Generator().manual_seed(0)
        scale = (5 / self.channels**0.5) ** 0.5
        query, key = (scale * torch.randn(1, self.channels, count, generator=generator) for count in (self.queries, self.keys))
        return query[..., None], key, torch.randn(1, self.depth, self.keys, generator=generator)


CASES = {
    "sanet-512": Case("SANet, relu4_1, full width", 8, 16384, 512, 512),
    "sanet-128": Case("SANet, relu4_1, quarter width", 8, 16384, 128, 128),
    "adaattn-448": Case("AdaAttN, relu3_1, full width, 4,096 style positions", 4, 4096, 448, 256, spread=True),
}


def whole_matrix(query: Tensor, key: Tensor, value: Tensor, spread: bool) -> list[Tensor]:
    """Mean (1, D, n) and, if wanted, deviation, by the formula."""
    matrix = torch.softmax(torch.bmm(query.flatten(2).transpose(1, 2), key), -1).transpose(1, 2)
    return moments([torch.bmm(one, matrix) for one in ((value, value**2) if spread else (value,))])


def in_blocks(query: Tensor, key: Tensor, value: Tensor, spread: bool) -> list[Tensor]:
    """The same by `attend`, in one pass."""
    return moments(attend(query, key, with_squares(value, spread)).flatten(2).chunk(1 + spread, 1))


def without_cancellation(query: Tensor, key: Tensor, value: Tensor, spread: bool) -> list[Tensor]:
    """The same as AdaAttN does it here."""
    assert spread
    return [one.flatten(2) for one in AttendedSpread(key, value)(query)]


def library(query: Tensor, key: Tensor, value: Tensor, spread: bool) -> list[Tensor]:
    """The same by torch's `scaled_dot_product_attention`, which is blocked where heads are of one size: zeros fill them up."""
    values = with_squares(value, spread)
    depth = max(query.shape[1], values.shape[1])
    heads = [F.pad(one.mT, (0, depth - one.shape[1])).contiguous()[None] for one in (query.flatten(2), key, values)]
    given = F.scaled_dot_product_attention(*heads, scale=1.0)[0, ..., : values.shape[1]]
    return moments(given.mT.chunk(1 + spread, 1))


def with_squares(value: Tensor, wanted: bool) -> Tensor:
    return torch.cat([value, value.square()], 1) if wanted else value


def moments(means: Sequence[Tensor]) -> list[Tensor]:
    """Of the mean and, if there, the mean of the squares: mean and deviation."""
    return [means[0], *((second - means[0] ** 2).clamp(min=0).sqrt() for second in means[1:])]


Way = Callable[[Tensor, Tensor, Tensor, bool], list[Tensor]]
WHOLE = "whole matrix"
WAYS: dict[str, Way] = {
    WHOLE: whole_matrix,
    "attend": in_blocks,
    "AttendedSpread": without_cancellation,
    "torch's sdpa": library,
}


def resident(peak: bool = False) -> int:
    """Bytes of this process, now or at most so far; of Linux."""
    name = "VmHWM:" if peak else "VmRSS:"
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


@torch.inference_mode()
def measure(case: Case, way: Way) -> dict[str, Any]:
    """One run in this process; some of the numbers that it gave come along, to be compared."""
    query, key, value = case.inputs()
    way(query[:, :, :8], key[..., :8], value[..., :8], case.spread)
    before = resident()
    began, processor = time.perf_counter(), time.process_time()
    given = way(query, key, value, case.spread)
    seconds, processor, peak = time.perf_counter() - began, time.process_time() - processor, resident(peak=True)
    kept = torch.cat([one.flatten()[:: max(1, one.numel() // KEPT)] for one in given]).tolist()
    return {
        "seconds": seconds,
        "processor_seconds": processor,
        "peak_bytes": peak,
        "added_bytes": peak - before,
        "threads": torch.get_num_threads(),
        "numbers": kept,
    }


def in_process(case: str, way: str) -> dict[str, Any]:
    """One run in a process of its own."""
    found = subprocess.run([sys.executable, __file__, "--one", case, way], check=True, stdout=subprocess.PIPE)
    result: dict[str, Any] = {"case": case, "way": way, **json.loads(found.stdout)}
    print(f"{case:12} {way:15} {result['seconds']:6.2f} s, {result['peak_bytes'] / 1e9:.2f} GB", flush=True)
    return result


def compared(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The runs of one case without their numbers, but with how far these are from the formula's, over the largest of them."""
    expected = torch.tensor(next(run["numbers"] for run in runs if run["way"] == WHOLE))
    return [
        {name: fact for name, fact in run.items() if name != "numbers"}
        | {"deviation": float((torch.tensor(run["numbers"]) - expected).abs().max() / expected.abs().max())}
        for run in runs
    ]


def table(runs: Sequence[dict[str, Any]], case: Case) -> list[str]:
    """Rows of Markdown, medians; then what the formula takes as a multiple of ours."""
    rows = [
        "| | seconds | processor seconds | GMAC/s | peak memory | memory beside inputs | deviation | runs |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    facts = ("seconds", "processor_seconds", "peak_bytes", "added_bytes")
    medians: dict[str, dict[str, float]] = {}
    for way in dict.fromkeys(run["way"] for run in runs):
        mine = [run for run in runs if run["way"] == way]
        one = medians[way] = {fact: median(run[fact] for run in mine) for fact in facts}
        rows.append(
            f"| {way} | {one['seconds']:.2f} | {one['processor_seconds']:.2f} | "
            f"{case.macs / one['processor_seconds'] / 1e9:.1f} | {one['peak_bytes'] / 1e9:.2f} GB | "
            f"{one['added_bytes'] / 1e9:.3f} GB | {max(run['deviation'] for run in mine):.0e} | {len(mine)} |"
        )
    ratio = {fact: medians[WHOLE][fact] / medians[case.ours][fact] for fact in facts}
    verdict = (
        f"`{case.ours}` is {ratio['seconds']:.2f} times faster than the whole matrix, {ratio['processor_seconds']:.2f} times "
        f"by the processor's seconds, in {ratio['peak_bytes']:.1f} times less memory, {ratio['added_bytes']:.1f} times less "
        "beside the inputs."
    )
    return [*rows, "", verdict]


def report(document: dict[str, Any]) -> str:
    """The page beside the figures."""
    facts, runs = document["machine"], document["measurements"]
    lines = [
        f"# Attention, {facts['date']}",
        "",
        f"{facts['processor']} (family {facts['family']}), {facts['cores']} cores, of which {runs[0]['threads']} used, "
        f"{facts['memory'] / 2**30:.0f} GiB; Python {facts['python']}, torch {facts['torch']}, commit {facts['commit']}.",
        "Float32, a content of 1024x1024, one process for each run, ways in turns; medians. `whole matrix` is the formula as",
        "the reference codes write it: product, softmax, product. GMAC/s are those of the products, by the processor's",
        "seconds; deviation is the largest from the whole matrix, over its largest value.",
        "",
    ]
    for name in dict.fromkeys(run["case"] for run in runs):
        case = CASES[name]
        values = f"{case.depth} of values{', of which mean and deviation are taken' if case.spread else ''}"
        lines += [
            f"## {case.title}",
            "",
            f"{case.queries:,} content positions, {case.keys:,} style positions, {case.channels} channels of keys, {values}: "
            f"{case.macs / 1e9:,.0f} GMAC.",
            "",
            *table([run for run in runs if run["case"] == name], case),
            "",
        ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the figures")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(CASES[given.one[0]], WAYS[given.one[1]])))
        return
    found = []
    for name in given.only:
        found += compared([in_process(name, way) for _ in range(given.rounds) for way in CASES[name].ways])
    facts = machine()
    given.results.mkdir(parents=True, exist_ok=True)
    path = given.results / f"{facts['date']}-attention.json"
    before = json.loads(path.read_text())["measurements"] if path.exists() else []
    runs = [run for run in before if run["case"] not in given.only] + found
    document = {"machine": facts, "measurements": sorted(runs, key=lambda run: list(CASES).index(run["case"]))}
    path.write_text(json.dumps(document, indent=1) + "\n")
    path.with_suffix(".md").write_text(report(document))


if __name__ == "__main__":
    main()
