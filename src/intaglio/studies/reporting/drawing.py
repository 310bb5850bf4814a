"""How plots of reports look, and `Plot`, one in two formats: the same bytes for the same facts."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's colors, told apart by everyone; markers and dashes tell lines apart in gray, too.
STYLES = (
    ("#0072B2", "o", "-"),
    ("#E69F00", "s", "--"),
    ("#009E73", "^", "-."),
    ("#D55E00", "D", ":"),
    ("#CC79A7", "v", "-"),
    ("#56B4E9", "P", "--"),
    ("#6B4C9A", "X", "-."),
    ("#7A6A4F", "*", ":"),
)
INK, RULE = "#3a352e", "#ddd5c7"
_SETTINGS: dict[Any, Any] = {
    "font.size": 10,
    "axes.edgecolor": RULE,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "svg.hashsalt": "intaglio",
    # Outlines, so that a page needs no font.
    "svg.fonttype": "path",
}
_DPI = 160
# Of a legend, at most.
_COLUMNS = 6


@dataclass(frozen=True)
class Plot:
    """A plot in two formats."""

    name: str
    """Of its files, without suffix."""
    says: str
    """For who does not see it."""
    svg: str
    png: bytes


@contextmanager
def drawing() -> Iterator[None]:
    """Plots that are made in the block look alike."""
    with mpl.rc_context(_SETTINGS):
        yield


def legend_above(figure: Figure, axes: Axes) -> None:
    """The legend of axes above them, in as many columns as there is room for."""
    for columns in range(_COLUMNS, 0, -1):
        legend = figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=columns, frameon=False)
        figure.draw_without_rendering()
        if legend.get_window_extent().width <= figure.bbox.width or columns == 1:
            return
        legend.remove()


def saved(figure: Figure, name: str, says: str) -> Plot:
    """A figure as a plot."""
    svg, png = io.StringIO(), io.BytesIO()
    figure.savefig(svg, format="svg", dpi=_DPI, metadata={"Date": None, "Creator": None})
    figure.savefig(png, format="png", dpi=_DPI, facecolor="white", metadata={"Software": None})
    return Plot(name=name, says=says, svg=svg.getvalue(), png=png.getvalue())
