"""Plots of tickets: errors by level of sparsity, and what is left of each layer."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from intaglio.studies.layers import LayerShares
from intaglio.studies.levels import Findings, Level
from intaglio.studies.reporting.drawing import INK, RULE, STYLES, Plot, drawing, legend_above, saved

# Shares of a layer below this look the same.
_LEAST = 0.01
# Where errors reach so many times that of the dense network, scales are logarithmic.
_WIDE = 3


def level_plots(
    label: str, name: str, found: Findings, layers: Sequence[LayerShares], *, measure: str, sparsities: Sequence[float]
) -> list[Plot]:
    """Errors against sparsity, differences from the dense network, and what is left of each layer; those there is data for.

    Args:
        label: of what is told.
        name: that the names of files begin with.
        found: what is drawn.
        layers: of an arm, round by round.
        measure: what errors are.
        sparsities: after each round.

    """
    drawn = []
    with drawing():
        if any(level.round for level in found.levels):
            says = f"{label}: {measure} against sparsity, " + "; ".join(_told(found, arm) for arm in found.arms())
            drawn.append(saved(_errors(found, measure), f"{name}-errors", says))
            says = f"{label}: difference of {measure} from that of the dense network, with 95 % intervals"
            drawn.append(saved(_differences(found), f"{name}-differences", says))
        if layers:
            says = f"{label}: share of each layer's weights that is left, round by round"
            drawn.append(saved(_layers(layers, sparsities), f"{name}-layers", says))
    return drawn


def _told(found: Findings, arm: str) -> str:
    levels = found.of(arm)
    return f"{arm} from {levels[0].error.mean:.3g} to {levels[-1].error.mean:.3g}"


def _errors(found: Findings, measure: str) -> Figure:
    figure, axes = _canvas(found)
    dense = found.dense
    low, high = min(dense.errors.values()), max(dense.errors.values())
    axes.axhspan(low, high, color=INK, alpha=0.08, lw=0)
    axes.axhline(dense.error.mean, color=INK, lw=1, label="dense")
    for arm, (color, marker, dashes) in zip(found.arms(), STYLES, strict=False):
        levels = found.of(arm)
        rounds, errors = [level.round for level in levels], [list(level.errors.values()) for level in levels]
        axes.fill_between(rounds, [min(one) for one in errors], [max(one) for one in errors], color=color, alpha=0.14, lw=0)
        axes.plot(rounds, [level.error.mean for level in levels], color=color, marker=marker, ls=dashes, ms=4.5, label=arm)
    axes.set_ylabel(measure)
    if _wide(found):
        axes.set_yscale("log")
        _plain(axes, [1, 2, 5])
    legend_above(figure, axes)
    return figure


def _differences(found: Findings) -> Figure:
    figure, axes = _canvas(found)
    arms = found.arms()
    axes.axhline(0, color=INK, lw=1, label="dense")
    for place, (arm, (color, marker, dashes)) in enumerate(zip(arms, STYLES, strict=False)):
        levels = found.of(arm)
        # A little aside, so that intervals do not cover each other.
        at = [level.round + (place - (len(arms) - 1) / 2) * 0.14 for level in levels]
        means = [level.difference.mean for level in levels]
        axes.errorbar(
            at, means, yerr=_reach(levels), color=color, marker=marker, ls=dashes, ms=4.5, lw=1, elinewidth=1, label=arm
        )
    axes.set_ylabel("difference from dense, seed by seed")
    if _wide(found):
        # Linear around zero, where matching is decided.
        linear = found.dense.error.mean / 4
        axes.set_yscale("symlog", linthresh=linear, linscale=1.5)
        _plain(axes, [0.5, 1, 2], linear / 4)
    legend_above(figure, axes)
    return figure


def _wide(found: Findings) -> bool:
    return max(level.error.mean for level in found.levels) > _WIDE * found.dense.error.mean


def _plain(axes: Axes, steps: Sequence[float], linear: float = 0.0) -> None:
    """Ticks at these multiples of the powers of ten, as numbers; below `linear` at zero alone, and on both sides of it."""
    low, high = axes.get_ylim()
    values = [step * 10.0**power for power in range(-2, 5) for step in steps]
    shown = [value for value in values if value >= linear]
    signed = [0.0, *shown, *(-value for value in shown)] if linear else shown
    axes.set_yticks([value for value in signed if low <= value <= high])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _reach(levels: Sequence[Level]) -> list[float]:
    """Half of each 95 % interval; 0 for single seeds."""
    return [0.0 if one.difference.high is None else one.difference.high - one.difference.mean for one in levels]


def _canvas(found: Findings) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7.4, 4.3), layout="constrained")
    axes = figure.subplots()
    rounds = {level.round: level.sparsity for level in found.levels if level.round}
    axes.set_xticks(list(rounds), [f"{sparsity:.1%}".removesuffix("%") for sparsity in rounds.values()])
    axes.set_xlabel("sparsity, % of the weights that may be pruned (a round each)")
    axes.grid(axis="y", color=RULE, lw=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def _layers(layers: Sequence[LayerShares], sparsities: Sequence[float]) -> Figure:
    rounds = len(layers[0].kept)
    shares = np.array([layer.kept for layer in layers])
    figure = Figure(figsize=(7.4, 0.9 + 0.24 * len(layers)), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(np.maximum(shares, _LEAST), norm=LogNorm(_LEAST, 1), cmap="cividis", aspect="auto")
    axes.set_yticks(range(len(layers)), [f"{layer.name.removesuffix('.weight')}  {layer.weights:,}" for layer in layers])
    axes.tick_params(length=0, labelsize=8)
    axes.set_xticks(range(rounds), [f"{sparsity:.1%}".removesuffix("%") for sparsity in sparsities[:rounds]])
    axes.set_xlabel(f"sparsity of the whole, % ({layers[0].arm}); in the fields: % of the layer that is left")
    axes.spines[:].set_visible(False)
    for row, column in np.ndindex(shares.shape):
        share = float(shares[row, column])
        color = "white" if share < 0.2 else "black"
        axes.text(column, row, _percent(share), ha="center", va="center", size=7, color=color)
    figure.colorbar(image, ax=axes, fraction=0.03, pad=0.01, format=FuncFormatter(lambda share, _: f"{share:.0%}"))
    return figure


def _percent(share: float) -> str:
    return f"{share * 100:.0f}" if share >= 0.0995 else f"{share * 100:.1f}"
