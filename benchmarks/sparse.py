"""What unstructured sparsity buys on a CPU: layers by lists of what is kept, beside dense convolutions, and a whole network.

    python benchmarks/sparse.py [--turns 5]

Every layer, a bias and a ReLU with it, is measured in turns with the others of its width: torch's in channels-last layout, the
dense kernel that the engine compiles, our own dense kernel, and lists at several sparsities; multiply-adds in registers, which
nothing can be faster than, are timed between. Seconds are the processor's on one thread. Then AdaIN in its full width, with
random weights of which 89.2 % are pruned, stylizes two megapixels. Results go to `results/DATE-sparse.{json,md,png}`.
"""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.metrics.latency import times_in_turns
from intaglio.models.style.adain import CARD
from intaglio.runtime.compile import compile_layers
from intaglio.runtime.direct import direct_convolution
from intaglio.runtime.native import instruction_sets, native
from intaglio.runtime.operators import Operator, Taps, Target
from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.stylize import stylize
from record import record

# Channels in and out, and the side of the features of a tile of 256 pixels in VGG's blocks.
LAYERS = ((64, 128), (128, 96), (256, 64), (512, 32))
SPARSITIES = (0.5, 0.6, 0.737, 0.8, 0.892, 0.95)
TICKET = 0.892
PICTURE = (1088, 1920)
DENSE = ("torch", "engine", "direct")
SPARSE = Target(torch.device("cpu"), runtime="sparse")


def pruned(channels: int, sparsity: float) -> Taps:
    """A convolution without so many of its weights."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(channels, channels, 3, 3, generator=generator, dtype=torch.float64) / channels**0.5
    kept = torch.rand(weight.shape, generator=generator) >= sparsity
    return Taps("layer", weight * kept, torch.zeros(channels, dtype=torch.float64))


def layer(taps: Taps) -> nn.Conv2d:
    """As a module."""
    outputs, inputs, *_ = taps.shape
    made = nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect")
    with torch.no_grad():
        made.weight.copy_(taps.weight)
        made.bias.zero_()  # type: ignore[union-attr]  # it has one
    return made


def measure(channels: int, side: int, turns: int) -> list[dict[str, Any]]:
    """Processor seconds of every way to run a layer of this width, and the peak between them."""
    x = torch.rand(1, channels, side + 2, side + 2).to(memory_format=torch.channels_last)
    into = torch.empty((1, channels, side, side), memory_format=torch.channels_last)
    whole = pruned(channels, 0.0)
    weight = whole.weight.float().to(memory_format=torch.channels_last)
    (engine,) = compile_layers(nn.Sequential(layer(whole), nn.ReLU()), Target(torch.device("cpu")))
    operators = {"engine": engine, "direct": direct_convolution(whole, True, SPARSE)}
    operators |= {f"{sparsity:g}": direct_convolution(pruned(channels, sparsity), True, SPARSE) for sparsity in SPARSITIES}

    def executed(operator: Operator) -> Callable[[], object]:
        if operator.write is None:
            return lambda: torch.clamp_min(operator.run(x, side, side), 0, out=into)
        write = operator.write
        return lambda: write(x, into, True)

    # All of them add a bias and rectify; torch does the latter in a pass of its own.
    bias = whole.bias.float()
    runs: dict[str, Callable[[], object]] = {"torch": lambda: F.conv2d(x, weight, bias).relu_()}
    runs |= {name: executed(operator) for name, operator in operators.items()}
    peaks: list[float] = []
    module = native()
    assert module is not None
    runs["peak"] = lambda: peaks.append(module.peak(instruction_sets()[0]))
    seconds = dict(zip(runs, times_in_turns(list(runs.values()), turns, time.process_time), strict=True))
    del seconds["peak"]
    return [
        {"channels": channels, "side": side, "run": name, "seconds": found, "peak": max(peaks)}
        for name, found in seconds.items()
    ]


def ticket() -> Pretrained:
    """AdaIN of 7.0 M parameters, of which so many weights are pruned everywhere but at the ends."""
    torch.manual_seed(0)
    config = CARD.config()
    network = CARD.build(config).eval().requires_grad_(False)
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and min(module.in_channels, module.out_channels) > 3:
            nn.init.kaiming_normal_(module.weight)
            module.weight.mul_((torch.rand_like(module.weight) >= TICKET) / (1 - TICKET) ** 0.5)
    return Pretrained(card=CARD, config=config, network=network)


def stylizations(turns: int) -> list[dict[str, Any]]:
    """Processor seconds of a picture by runtime, and how far the results are apart."""
    network, results = ticket(), dict[str, Tensor]()
    content, style = torch.rand(1, 3, *PICTURE), torch.rand(1, 3, 256, 256)

    def run(runtime: str) -> None:
        results[runtime] = stylize(content, style, model=network, runtime=runtime)  # type: ignore[arg-type]

    runtimes = ("dense", "auto")
    # The first round finds the faster way of each layer.
    seconds = times_in_turns([lambda one=one: run(one) for one in runtimes], turns, time.process_time)  # type: ignore[misc]
    apart = float((results["dense"] - results["auto"]).abs().max() / results["dense"].abs().max())
    return [
        {"picture": list(PICTURE), "run": one, "seconds": found, "apart": apart}
        for one, found in zip(runtimes, seconds, strict=True)
    ]


def layer_medians(document: dict[str, Any], channels: int) -> tuple[dict[str, float], float, int]:
    """Median seconds by way, the peak, and the side, of layers of this width."""
    cases = [case for case in document["cases"] if case.get("channels") == channels]
    return {case["run"]: median(case["seconds"]) for case in cases}, cases[0]["peak"], cases[0]["side"]


def break_even(seconds: dict[str, float]) -> str:
    """The sparsity from which a list is faster than the fastest dense convolution, between the measured ones."""
    fastest = min(seconds[one] for one in DENSE)
    slower = 0.0
    for sparsity in SPARSITIES:
        own = seconds[f"{sparsity:g}"]
        if own <= fastest:
            if not slower:
                return f"below {sparsity:.0%}"
            before = seconds[f"{slower:g}"]
            return f"{slower + (sparsity - slower) * (before - fastest) / (before - own):.0%}"
        slower = sparsity
    return f"above {slower:.0%}"


def markdown(document: dict[str, Any]) -> str:
    """The results as a page."""
    rows, shares = [], []
    for channels, _ in LAYERS:
        seconds, peak, side = layer_medians(document, channels)
        work = 18.0 * channels**2 * side**2
        fastest = min(seconds[one] for one in DENSE)
        dense = " | ".join(f"{work / seconds[one] / 1e9:.0f}" for one in DENSE)
        gains = " | ".join(f"{fastest / seconds[f'{sparsity:g}']:.2f}" for sparsity in SPARSITIES)
        rows.append(f"| {channels} | {side} x {side} | {dense} | {gains} | {break_even(seconds)} |")
        own = [f"{work / seconds['direct'] / peak:.0%}"]
        own += [f"{work * (1 - sparsity) / seconds[f'{sparsity:g}'] / peak:.0%}" for sparsity in SPARSITIES]
        shares.append(f"| {channels} | {peak / 1e9:.0f} | {' | '.join(own)} |")
    whole = {case["run"]: case for case in document["cases"] if "picture" in case}
    dense, auto = (median(whole[one]["seconds"]) for one in ("dense", "auto"))
    headings = " | ".join(f"{sparsity:.1%}" for sparsity in SPARSITIES)
    return "\n".join(
        [
            "# Unstructured sparsity on a CPU",
            "",
            f"{document['date']}, {document['hardware']}, {instruction_sets()[0]}, commit {document['commit']}. Medians of",
            f"{document['turns']} runs in turns, processor seconds on one thread, 3x3 convolutions with bias and ReLU.",
            "",
            "Dense convolutions in GFLOP/s, and how many times faster than the fastest of them a list of the kept weights is:",
            "",
            f"| channels | features | torch | engine | ours | {headings} | breaks even at |",
            f"| ---: | ---: | ---: | ---: | ---: | {' | '.join('---:' for _ in SPARSITIES)} | ---: |",
            *rows,
            "",
            "Operations that are done, as shares of the peak (multiply-adds in registers in the same turns, GFLOP/s):",
            "",
            f"| channels | peak | ours, dense | {headings} |",
            f"| ---: | ---: | ---: | {' | '.join('---:' for _ in SPARSITIES)} |",
            *shares,
            "",
            f"AdaIN of 7.0 M parameters, {TICKET:.1%} pruned, on {PICTURE[1]} x {PICTURE[0]} pixels: {dense:.1f} s dense,",
            f"{auto:.1f} s by the faster way of each layer, {dense / auto:.2f} times as fast. The pictures differ by",
            f"{whole['auto']['apart']:.1e} of the largest value.",
            "",
        ]
    )


def draw(document: dict[str, Any], path: Path) -> None:
    """How many times faster than the fastest dense convolution, by sparsity, a line for each width."""
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    for channels, _ in LAYERS:
        seconds, *_ = layer_medians(document, channels)
        fastest = min(seconds[one] for one in DENSE)
        gains = [fastest / seconds[f"{sparsity:g}"] for sparsity in SPARSITIES]
        axes.plot([100 * one for one in SPARSITIES], gains, marker="o", label=f"{channels} channels")
    axes.axhline(1.0, color="gray", linewidth=0.8)
    axes.set(xlabel="weights pruned, %", ylabel="times as fast as the fastest dense", title="3x3 convolutions, one thread")
    axes.legend()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    record(
        "sparse",
        __doc__,
        5,
        lambda turns: (
            [case for channels, side in LAYERS for case in measure(channels, side, turns)] + stylizations(max(1, turns // 4))
        ),
        markdown,
        draw,
    )
