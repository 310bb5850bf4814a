"""The plots of a report on structured pruning, drawn with matplotlib."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from torch import Tensor

from intaglio.pruning.catalog import STRUCTURED
from intaglio.studies.reporting.drawing import INK, RULE, STYLES, Plot, drawing, saved
from intaglio.studies.spread import Spread
from intaglio.studies.structured.findings import Outcome
from intaglio.studies.structured.reporting.facts import Account, Pushes

# What became of a group, its color (Okabe and Ito's), opacity and width in points; nothing thinner is seen on paper.
_FATES = (("gone", "#D55E00", 0.5, 0.5), ("recovered", "#000000", 1.0, 0.9), ("stayed", "#0072B2", 0.8, 0.7))
_WIDE = 2
_LEGEND = 4

Numbers = np.ndarray[tuple[int, ...], np.dtype[Any]]
Traces = Mapping[str, Mapping[str, Tensor]]
"""Digest of a pruning -> the trace of its groups, as `StructuredPruning.record` has it."""


def plots_of(account: Account, name: str, traces: Traces) -> list[Plot]:
    """Accuracy against speedup, and pushes of the groups of one layer over time; those there is data for."""
    found, drawn = account.findings, []
    with drawing():
        if found.outcomes:
            told = "; ".join(_told(one) for one in found.outcomes)
            drawn.append(saved(_accuracies(account), f"{name}-accuracy", f"{account.label}: accuracy against speedup; {told}"))
        shown = [one for one in account.pushes if one.step in traces]
        if shown:
            says = f"{account.label}: pushes of the groups of {shown[0].layer} over time, " + "; ".join(
                f"{one.arm}: {', '.join(f'{count} {fate}' for fate, count in _counts(traces[one.step], one.layer).items())}"
                for one in shown
            )
            drawn.append(saved(_curves(shown, traces), f"{name}-pushes", says))
    return drawn


def _told(one: Outcome) -> str:
    return f"{one.arm} at {one.speedup.mean:.2f} times {one.cut.mean:.1%} at the cut, {one.retrained.mean:.1%} trained on"


def _accuracies(account: Account) -> Figure:
    found = account.findings
    figure = Figure(figsize=(7.4, 4.0), layout="constrained")
    cut, retrained = figure.subplots(1, 2)
    for axes, title in ((cut, "at the cut, before retraining"), (retrained, "trained on")):
        axes.set_title(title, size=10, loc="left")
        axes.grid(axis="y", color=RULE, lw=0.6)
        axes.set_axisbelow(True)
        axes.axhspan(100 * found.accuracy.low, 100 * found.accuracy.high, color=INK, alpha=0.08, lw=0)
        axes.axhline(100 * found.accuracy.mean, color=INK, lw=1, label="dense")
        speedups = account.plan.speedups
        axes.set_xticks(speedups, [f"{speedup:g}" for speedup in speedups])
        axes.margins(x=0.12)
    if found.trained_on:
        retrained.axhline(100 * found.trained_on.mean, color=INK, lw=1, ls=(0, (1, 2)), label="dense, trained on")
    arms = found.arms()
    for place, (arm, (color, marker, dashes)) in enumerate(zip(arms, STYLES, strict=False)):
        outcomes = found.of(arm)
        # A little aside, so that spreads do not cover each other.
        at = [one.asked + (place - (len(arms) - 1) / 2) * 0.05 for one in outcomes]
        for axes, spreads in ((cut, [one.cut for one in outcomes]), (retrained, [one.retrained for one in outcomes])):
            means = [100 * one.mean for one in spreads]
            axes.errorbar(
                at, means, yerr=_reach(spreads), color=color, marker=marker, ls=dashes, ms=4.5, lw=1.2, capsize=2, label=arm
            )
    cut.set_ylabel("accuracy, %")
    figure.supxlabel("speedup of the convolutions, in multiply-accumulates", size=10)
    figure.legend(*retrained.get_legend_handles_labels(), loc="outside upper left", ncols=_LEGEND, frameon=False, fontsize=9)
    return figure


def _reach(spreads: Sequence[Spread]) -> list[list[float]]:
    """From the means down to the lowest and up to the highest of the seeds."""
    return [[100 * (one.mean - one.low) for one in spreads], [100 * (one.high - one.mean) for one in spreads]]


def _curves(shown: Sequence[Pushes], traces: Traces) -> Figure:
    columns = min(_WIDE, len(shown))
    rows = -(-len(shown) // columns)
    figure = Figure(figsize=(7.4, 0.6 + 2.9 * rows), layout="constrained")
    for place, one in enumerate(shown, 1):
        _panel(figure.add_subplot(rows, columns, place), one, traces[one.step])
    marks = [Line2D([], [], color=color, lw=1.6, label=fate) for fate, color, _, _ in _FATES]
    figure.legend(handles=marks, loc="outside upper left", ncols=3, frameon=False)
    return figure


def _panel(axes: Axes, one: Pushes, trace: Mapping[str, Tensor]) -> None:
    """Each group a line; where it has gone, its line ends."""
    steps, pushes = trace["steps"].numpy(), trace[f"{one.layer}.pushes"].numpy()
    fates, counts = _fates(trace, one.layer), _counts(trace, one.layer)
    for fate, color, opacity, width in _FATES:
        groups = np.flatnonzero(fates[fate].numpy())
        lasts = [_last_move(pushes[:, group]) if fate == "gone" else len(steps) for group in groups]
        lines = [np.column_stack([steps[:last], pushes[:last, group]]) for group, last in zip(groups, lasts, strict=True)]
        axes.add_collection(LineCollection(lines, colors=color, linewidths=width, alpha=opacity, rasterized=True))
    axes.autoscale_view()
    # Groups that were never pushed lie on zero, and are seen there.
    axes.set_ylim(bottom=-0.02 * float(pushes.max()))
    axes.set_xlim(0, int(steps[-1]))
    told = f"{counts['gone']} of {pushes.shape[1]} gone"
    axes.set_title(f"{one.arm}, {one.asked:g} times\n{one.layer}: {told}", size=9, loc="left")
    axes.set_xlabel("steps")
    axes.set_ylabel(STRUCTURED[one.method].effect.push_is)
    axes.grid(axis="y", color=RULE, lw=0.6)
    axes.set_axisbelow(True)


def _last_move(push: Numbers) -> int:
    """How many records there are until it moves for the last time."""
    moved = np.flatnonzero(np.diff(push))
    return int(moved[-1]) + 2 if len(moved) else len(push)


def _fates(trace: Mapping[str, Tensor], layer: str) -> dict[str, Tensor]:
    gone, recovered = trace[f"{layer}.gone"], trace[f"{layer}.recovered"]
    return {"gone": gone, "stayed": ~gone & ~recovered, "recovered": recovered & ~gone}


def _counts(trace: Mapping[str, Tensor], layer: str) -> dict[str, int]:
    return {fate: int(torch.count_nonzero(which)) for fate, which in _fates(trace, layer).items()}
