"""Legends of plots in reports."""

import pytest
from matplotlib.figure import Figure

from intaglio.studies.reporting.drawing import drawing, legend_above


@pytest.mark.parametrize("length", [3, 22, 150])
def test_a_legend_is_as_wide_as_there_is_room(length: int) -> None:
    with drawing():
        figure = Figure(figsize=(7.4, 4.3), layout="constrained")
        axes = figure.subplots()
        for number in range(8):
            axes.plot([0, 1], [0, number], label=f"{number}" * length)
        legend_above(figure, axes)
        (legend,) = figure.legends
        assert len(legend.get_texts()) == 8
        assert (legend.get_window_extent().width <= figure.bbox.width) == (length < 150)
