"""Curves of a loss as an inline SVG, on a logarithmic scale; colors come from the page's style sheet."""

import math
from html import escape

from intaglio.cli.demo_learned import Curve

_WIDTH, _HEIGHT = 560, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 14, 34
_COLORS = 6


def chart(curve: Curve) -> str:
    """An `<svg>` with a line for every term, and a legend below."""
    names = sorted(curve.terms, key=lambda name: name != "total")
    values = [value for name in names for value in curve.terms[name] if value > 0]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    last = max(curve.steps[-1], 2)

    def x(step: float) -> float:
        return _LEFT + (step - 1) / (last - 1) * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        share = (math.log10(max(value, 10.0**low)) - low) / (high - low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    parts = []
    for power in range(low, high + 1):
        at = f"{y(10.0**power):.1f}"
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{at}" y2="{at}"/>')
        parts.append(f'<text class="tick" text-anchor="end" x="{_LEFT - 8}" y="{at}" dy="0.35em">{10.0**power:g}</text>')
    for step in sorted({1, round(last / 2), last}):
        anchor = "start" if step == 1 else "end" if step == last else "middle"
        parts.append(f'<text class="tick" text-anchor="{anchor}" x="{x(step):.1f}" y="{_HEIGHT - 10}">{_steps(step)}</text>')
    # The total is drawn last, over the others.
    for number, name in reversed(list(enumerate(names))):
        points = " ".join(
            f"{x(step):.1f},{y(value):.1f}" for step, value in zip(curve.steps, curve.terms[name], strict=True) if value > 0
        )
        parts.append(f'<polyline class="line {_shade(number)}" points="{points}"/>')
    label = f"{curve.title}: the loss falls from {curve.terms['total'][0]:.3g} to {curve.terms['total'][-1]:.3g}"
    legend = "".join(f'<li class="{_shade(number)}">{escape(_readable(name))}</li>' for number, name in enumerate(names))
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
        f'<ul class="legend">{legend}</ul>'
    )


def _shade(number: int) -> str:
    return "total" if number == 0 else f"term{(number - 1) % _COLORS + 1}"


def _steps(step: int) -> str:
    return "step 1" if step == 1 else f"{step:,}"


def _readable(name: str) -> str:
    """`embedding.relu2_1` -> "embedding at relu2_1"."""
    return name.replace(".", " at ")
