"""Layers of a network on their own: how long each takes, computed whole and by what is kept of it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import torch
from torch import nn

from intaglio.runtime.compile import compile_layers
from intaglio.runtime.native import peak_rate
from intaglio.runtime.operators import Operator, Target
from intaglio.runtime.runtime import Runtime

# Rows and columns of pixels of the tile that layers are tried with.
_TILE = 256


@dataclass(frozen=True, kw_only=True)
class LayerTrial:
    """What was measured of one layer."""

    name: str
    inputs: int
    outputs: int
    side: int
    """Rows and columns of its output."""
    kept: float
    """Share of the weights that is kept."""
    macs: float
    """Multiply-adds of its kept weights."""
    peak: float
    """Operations per second of one thread in registers, in the same turns; 0 if it cannot be measured."""
    seconds: dict[str, float]
    """Median time by runtime, of those that differ."""
    ways: dict[str, str]
    """How each of them computes it."""
    chosen: str
    """The runtime that `auto` takes."""


def try_layers(layers: nn.Sequential, turns: int, clock: Callable[[], float] = time.perf_counter) -> list[LayerTrial]:
    """Measure every convolution of a path on a tile of its own size.

    Args:
        layers: as `compile_layers` takes them, on the CPU; an encoder from pixels, or a decoder to them.
        turns: timed runs of each way, in turns.
        clock: that tells seconds.

    Raises:
        TypeError: as of `compile_layers`.

    """
    runtimes: tuple[Runtime, ...] = ("dense", "sparse", "auto")
    # A layer each.
    compiled = {
        one: compile_layers(layers, Target(torch.device("cpu"), runtime=one), even=True, fused=False) for one in runtimes
    }
    weights = {name: layer.weight for name, layer in layers.named_children() if isinstance(layer, nn.Conv2d)}
    # A decoder begins with what its encoder left of the tile.
    side = _TILE // 2 ** sum(one.reach.kind == "double" for one in compiled["dense"])
    found: list[LayerTrial] = []
    for dense, sparse, auto in zip(*compiled.values(), strict=True):
        inner, side = side, dense.reach.length(side)
        if not dense.macs:
            continue
        weight = weights[dense.name]
        ways = {"dense": dense} if dense.way == sparse.way else {"dense": dense, "sparse": sparse}
        seconds, peak = _medians(list(ways.values()), inner, side, turns, clock)
        found.append(
            LayerTrial(
                name=dense.name,
                inputs=dense.channels,
                outputs=dense.outputs,
                side=side,
                kept=float(weight.count_nonzero()) / weight.numel(),
                macs=float(weight.count_nonzero()) * side * side,
                peak=peak,
                seconds=dict(zip(ways, seconds, strict=True)),
                ways={name: one.way for name, one in ways.items()},
                chosen="sparse" if "sparse" in ways and auto.way == sparse.way else "dense",
            )
        )
    return found


def _medians(
    operators: Sequence[Operator], inner: int, side: int, turns: int, clock: Callable[[], float]
) -> tuple[list[float], float]:
    """Median seconds of each, and the largest rate of multiply-adds in registers that was seen between them."""
    times: list[list[float]] = [[] for _ in operators]
    peak = 0.0
    with torch.inference_mode():
        for turn in range(turns + 1):
            peak = max(peak, peak_rate())
            for operator, seen in zip(operators, times, strict=True):
                x = torch.rand(1, operator.channels, inner + 2, inner + 2).contiguous(memory_format=torch.channels_last)
                into = torch.empty((1, operator.outputs, side, side), memory_format=torch.channels_last)
                began = clock()
                if operator.write is not None:
                    operator.write(x, into, operator.rectify)
                else:
                    into.copy_(operator.run(x, side, side))
                if turn:
                    seen.append(clock() - began)
    return [median(seen) for seen in times], peak
