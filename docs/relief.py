"""A landscape in three dimensions: noise over an endless plane, a relief made of it, and what a camera sees of the relief.

Lengths are kilometers: x to the right, y up, z ahead. A view (H, W) is measured in heights of the picture.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from procedural import Array

Height = Callable[[Array, Array], Array]
"""(x, z) -> meters above the water, as kilometers; at most 0 where there is water."""
_SIDE = 256
_TURN = (0.8, 0.6)


class Noise:
    """Smooth random values in [0, 1] over the plane, repeated only far away.

    Args:
        seed: of the values on the lattice, which stand one unit apart.

    """

    def __init__(self, seed: int) -> None:
        self.values = np.random.default_rng(seed).random((_SIDE, _SIDE))

    def at(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """Value and its two derivatives."""
        left, top = np.floor(x), np.floor(y)
        across, down = x - left, y - top
        column, row = left.astype(int) % _SIDE, top.astype(int) % _SIDE
        right, below = (column + 1) % _SIDE, (row + 1) % _SIDE
        a, b, c, d = (self.values[one, other] for one, other in ((row, column), (row, right), (below, column), (below, right)))
        u, v = (part**3 * (part * (6 * part - 15) + 10) for part in (across, down))
        du, dv = (30 * part**2 * (part * (part - 2) + 1) for part in (across, down))
        twist = a - b - c + d
        return a + (b - a) * u + (c - a) * v + twist * u * v, du * (b - a + twist * v), dv * (c - a + twist * u)

    def cloudy(self, x: Array, y: Array, octaves: int) -> Array:
        """Fractal noise around 0.5: each octave is twice as fine, half as strong, and turned."""
        total, share, weight = np.zeros(np.broadcast(x, y).shape), 1.0, 0.0
        for _ in range(octaves):
            total, weight = total + share * self.at(x, y)[0], weight + share
            x, y, share = 2 * (_TURN[0] * x - _TURN[1] * y), 2 * (_TURN[1] * x + _TURN[0] * y), share / 2
        return np.asarray(total / weight)

    def rugged(self, x: Array, y: Array, octaves: int) -> Array:
        """Like rock that water has carved: fine octaves are damped where the coarse ones are steep; in [0, 1.5]."""
        total, share = np.zeros(np.broadcast(x, y).shape), 1.0
        slope_x, slope_y = np.zeros_like(total), np.zeros_like(total)
        for _ in range(octaves):
            value, dx, dy = self.at(x, y)
            slope_x, slope_y = slope_x + dx, slope_y + dy
            total = total + share * value / (1 + slope_x**2 + slope_y**2)
            x, y, share = 2 * (_TURN[0] * x - _TURN[1] * y), 2 * (_TURN[1] * x + _TURN[0] * y), share / 2
        return np.asarray(total)


@dataclass(frozen=True, kw_only=True)
class Camera:
    """Looks along z, level."""

    height: float
    """Above the water; below zero it is the camera that sees what the water mirrors, upright."""
    horizon: float = 0.6
    """Row of the horizon."""
    focus: float = 1.4
    """Heights of the picture per unit of slope."""
    middle: float = 0.75
    """Column straight ahead."""

    def column(self, x: Array | float, z: Array | float) -> Array:
        """Where a point is seen."""
        return np.asarray(self.middle + self.focus * x / z)

    def row(self, y: Array | float, z: Array | float) -> Array:
        """Where a point is seen."""
        return np.asarray(self.horizon - self.focus * (y - self.height) / z)


def seen(camera: Camera, height: Height, rows: Array, columns: Array, far: tuple[float, float], steps: int = 1500) -> Array:
    """How far ahead (z) the land is that shows at each pixel, (H, W); infinite where sky or water shows.

    Args:
        camera: where from.
        height: of the land; only what is above the water counts.
        rows: of the pixels, (H,).
        columns: of the pixels, (W,).
        far: nearest and farthest z that is looked at.
        steps: how many distances in between.

    """
    z = np.geomspace(*far, steps)
    land = height((columns - camera.middle) * z[:, None] / camera.focus, np.broadcast_to(z[:, None], (steps, len(columns))))
    tops = np.where(land > 0, camera.horizon - camera.row(land, z[:, None]), -np.inf)
    crest = np.maximum.accumulate(tops, 0)
    found = np.full((len(rows), len(columns)), np.inf)
    wanted = camera.horizon - rows
    for column in range(len(columns)):
        tall = crest[:, column]
        first = np.searchsorted(tall, wanted)
        inside = np.clip(first, 1, steps - 1)
        below, above = tall[inside - 1], tall[inside]
        known = np.isfinite(below) & (above > below)
        share = np.where(known, (wanted - np.where(known, below, 0)) / np.where(known, above - np.where(known, below, 0), 1), 1)
        distance = z[inside - 1] + np.clip(share, 0, 1) * (z[inside] - z[inside - 1])
        found[:, column] = np.where(first < steps, distance, np.inf)
    # Rows below the horizon meet the water before they meet land that is farther away.
    water = np.where(wanted < 0, camera.focus * camera.height / np.maximum(-wanted, 1e-9), np.inf)
    return np.where(found > water[:, None], np.inf, found)


class Light:
    """Where the sun reaches: a map of the land, looked up between its points.

    Args:
        height: of the land.
        sun: direction to it (x, y, z), of length 1.
        corner: least x and z of the map.
        size: how far it goes on from there.
        step: between its points.

    """

    def __init__(
        self,
        height: Height,
        sun: tuple[float, float, float],
        corner: tuple[float, float],
        size: tuple[float, float],
        step: float,
    ) -> None:
        self.corner, self.step = corner, step
        z, x = (np.arange(0, length, step) + start for length, start in zip(size[::-1], corner[::-1], strict=True))
        x, z = np.meshgrid(x, z)
        self.values = np.ones_like(x)
        land = self.values = height(x, z)
        light = np.ones_like(x)
        for distance in np.geomspace(step, 6, 30):
            above = land + distance * sun[1] - self.at(x + distance * sun[0], z + distance * sun[2])
            light = np.minimum(light, 0.5 + 12 * above / distance)
        self.values = np.clip(light, 0, 1)

    def at(self, x: Array, z: Array) -> Array:
        """How much light there is, 0 in the shadow of other land to 1."""
        across = np.clip((x - self.corner[0]) / self.step, 0, self.values.shape[1] - 1.001)
        ahead = np.clip((z - self.corner[1]) / self.step, 0, self.values.shape[0] - 1.001)
        row, column = ahead.astype(int), across.astype(int)
        v, u = ahead - row, across - column
        upper = self.values[row, column] * (1 - u) + self.values[row, column + 1] * u
        return np.asarray(upper * (1 - v) + (self.values[row + 1, column] * (1 - u) + self.values[row + 1, column + 1] * u) * v)
