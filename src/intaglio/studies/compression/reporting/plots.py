"""The plot of a report on smaller style networks, drawn with matplotlib."""

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from intaglio.studies.compression.findings import Errors, Outcome
from intaglio.studies.compression.reporting.facts import Account
from intaglio.studies.reporting.drawing import INK, RULE, STYLES, Plot, drawing, saved
from intaglio.studies.spread import Spread

_LEGEND = 5
# Errors of one plot are often within a decade, where powers of ten alone say nothing.
_TICKS = (1, 1.5, 2, 3, 5, 7)
# Colors repeat before markers do.
_ARMS = (*STYLES, ("#3a352e", "X", "-"), ("#F0E442", "*", "-."))
_PANELS: tuple[tuple[str, Callable[[Outcome], Spread], Callable[[Errors], float]], ...] = (
    ("content", lambda one: one.content, lambda one: one.content),
    ("style", lambda one: one.style, lambda one: one.style),
)


def plots_of(account: Account, name: str) -> list[Plot]:
    """What is lost of content and of style against speedup; nothing while nothing is made smaller."""
    found = account.findings
    if not found.outcomes:
        return []
    told = "; ".join(f"{one.arm} at {one.speedup.mean:.2f} times {one.error.mean:.3f}" for one in found.outcomes)
    with drawing():
        return [
            saved(_errors(account), f"{name}-errors", f"{account.label}: errors, {found.error.mean:.3f} when large; {told}")
        ]


def _errors(account: Account) -> Figure:
    found = account.findings
    figure = Figure(figsize=(7.4, 4.2), layout="constrained")
    panels: Sequence[Axes] = figure.subplots(1, 2)
    for axes, (title, spread, part) in zip(panels, _PANELS, strict=True):
        axes.set_title(f"{title} loss on unseen pairs", size=10, loc="left")
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=_TICKS))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.grid(axis="y", color=RULE, lw=0.6)
        axes.set_axisbelow(True)
        large = Spread.of(part(one) for one in found.dense.values())
        axes.axhspan(large.low, large.high, color=INK, alpha=0.08, lw=0)
        axes.axhline(large.mean, color=INK, lw=1, label="large")
        speedups = account.plan.speedups
        axes.set_xticks(speedups, [f"{speedup:g}" for speedup in speedups])
        axes.margins(x=0.12)
        arms = found.arms()
        for place, (arm, (color, marker, dashes)) in enumerate(zip(arms, _ARMS, strict=False)):
            outcomes = found.of(arm)
            # A little aside, so that spreads do not cover each other.
            at = [one.asked + (place - (len(arms) - 1) / 2) * 0.05 for one in outcomes]
            spreads = [spread(one) for one in outcomes]
            reach = [[one.mean - one.low for one in spreads], [one.high - one.mean for one in spreads]]
            means = [one.mean for one in spreads]
            axes.errorbar(at, means, yerr=reach, color=color, marker=marker, ls=dashes, ms=4.5, lw=1.2, capsize=2, label=arm)
    figure.supxlabel("speedup of the convolutions, in multiply-accumulates", size=10)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=_LEGEND, frameon=False, fontsize=9)
    return figure
