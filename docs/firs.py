"""Firs for the sample photo: drawn branch by branch once, then set into the landscape at any size."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from procedural import Array, color, mix
from relief import Camera

_KINDS, _TALL, _WIDE = 5, 900, 460
_SHADE, _LIGHT, _TRUNK = color(0x0C1D1C), color(0x8A8A3C), color(0x3A2A1E)


@dataclass(frozen=True, kw_only=True)
class Fir:
    """Where one stands; kilometers."""

    x: float
    y: float
    z: float
    tall: float
    kind: int


@cache
def sprite(kind: int) -> list[tuple[Array, Array]]:
    """Color (premultiplied) and coverage of a fir in ever smaller sizes, each half the one before; top at row 0."""
    random = np.random.default_rng(100 + kind)
    picture, cover = np.zeros((_TALL, _WIDE, 3)), np.zeros((_TALL, _WIDE))
    for row in range(20, _TALL):
        thick = 1 + round(4 * row / _TALL)
        picture[row, _WIDE // 2 - thick : _WIDE // 2 + thick], cover[row, _WIDE // 2 - thick : _WIDE // 2 + thick] = _TRUNK, 1
    plump, levels = random.uniform(0.85, 1.15), int(random.integers(36, 44))
    branches = []
    for level in np.linspace(0.008, 0.95, levels) ** 1.06:
        reach = (0.012 + 0.235 * level**0.86) * _TALL * plump * random.uniform(0.82, 1.1)
        for turn in np.arange(int(4 + 7 * level)) / int(4 + 7 * level) * 2 * np.pi + random.uniform(0, 6):
            branches.append((level + random.normal(0, 0.006), turn + random.normal(0, 0.2), reach * random.uniform(0.7, 1.12)))
    # Those behind the trunk first, and the higher over the lower.
    for branch in sorted(branches, key=lambda branch: (np.sin(branch[1]) > 0, -branch[0])):
        _branch(picture, cover, random, branch)
    sizes = [(picture * cover[..., None], cover)]
    while len(sizes[-1][1]) > 8:
        paint, mask = (part[: len(part) // 2 * 2, : part.shape[1] // 2 * 2] for part in sizes[-1])
        rows, columns = len(mask) // 2, mask.shape[1] // 2
        sizes.append((paint.reshape(rows, 2, columns, 2, 3).mean((1, 3)), mask.reshape(rows, 2, columns, 2).mean((1, 3))))
    return sizes


def _branch(picture: Array, cover: Array, random: np.random.Generator, shape: tuple[float, float, float]) -> None:
    """A drooping branch with twigs on both sides; lit where it points to the right and toward its tip."""
    level, turn, reach = shape
    along = np.linspace(0, 1, max(4, int(reach / 2)))[:, None]
    front = np.sin(turn)
    across = _WIDE / 2 + along * reach * np.cos(turn)
    droop = level * (_TALL - 40) + 4 + reach * (0.30 * along**1.3 - 0.16 * along**4 + 0.16 * front * along)
    lit = 0.24 + 0.34 * np.cos(turn) + 0.22 * front + random.normal(0, 0.06)
    step = np.linspace(0, 1, 24)
    for side in (-1, 1):
        long = (0.20 * reach * (1 - along) + 5) * random.uniform(0.6, 1.1, along.shape)
        twig = side * long * step * (0.55 + 0.25 * abs(front)) + step * long * 0.5 * np.cos(turn)
        share = np.clip(lit + 0.40 * along + random.normal(0, 0.10, along.shape) - 0.22 * (side < 0), 0, 1)
        rows, columns = (droop + long * 0.42 * step).astype(int), (across + twig).astype(int)
        inside = (rows >= 0) & (rows < _TALL - 1) & (columns >= 0) & (columns < _WIDE - 1)
        paint = mix(_SHADE, _LIGHT, np.broadcast_to(share, rows.shape))
        for down in (0, 1):
            picture[rows[inside] + down, columns[inside]] = paint[inside]
            cover[rows[inside] + down, columns[inside]] = 1


def plant(
    picture: Array,
    depth: Array,
    firs: list[Fir],
    camera: Camera,
    pixels: tuple[Array, Array],
    hazy: Callable[[Array, Array], Array],
) -> None:
    """Set firs into a picture (H, W, 3), the far ones first, behind land that is nearer.

    Args:
        picture: changed in place.
        depth: z of the land at each pixel, infinite at the sky.
        firs: what to plant.
        camera: that sees them.
        pixels: rows and columns of the pixels.
        hazy: what the air in front of things does.

    """
    rows, columns = pixels
    side = rows[1] - rows[0]
    for fir in sorted(firs, key=lambda one: -one.z):
        scale = _TALL * side * fir.z / (camera.focus * fir.tall)
        sizes = sprite(fir.kind)
        level = int(np.clip(np.floor(np.log2(max(scale, 1))), 0, len(sizes) - 1))
        paint, mask = sizes[level]
        scale /= 2**level
        first_row = (camera.row(fir.y + fir.tall, fir.z) - rows[0]) / side
        first_column = (camera.column(fir.x, fir.z) - columns[0]) / side - mask.shape[1] / 2 / scale
        down = np.arange(max(0, int(first_row)), min(len(rows), int(first_row + len(mask) / scale) + 1))
        right = np.arange(max(0, int(first_column)), min(len(columns), int(first_column + mask.shape[1] / scale) + 1))
        if not len(down) or not len(right):
            continue
        covered, painted = _sampled(mask, paint, (down - first_row) * scale, (right - first_column) * scale)
        window = np.s_[down[0] : down[-1] + 1, right[0] : right[-1] + 1]
        covered = covered * (depth[window] > fir.z * 0.97)
        pure = painted / np.maximum(covered, 1e-6)[..., None]
        picture[window] = mix(picture[window], hazy(np.clip(pure, 0, 1), np.full(covered.shape, fir.z)), covered)


def _sampled(mask: Array, paint: Array, y: Array, x: Array) -> tuple[Array, Array]:
    """Coverage and premultiplied color at rows and columns between pixels."""
    y, x = np.clip(y, 0, mask.shape[0] - 1.001), np.clip(x, 0, mask.shape[1] - 1.001)
    top, left = y.astype(int)[:, None], x.astype(int)[None, :]
    v, u = (y % 1)[:, None], (x % 1)[None, :]
    weights = ((0, 0, (1 - v) * (1 - u)), (0, 1, (1 - v) * u), (1, 0, v * (1 - u)), (1, 1, v * u))
    covered = sum(mask[top + dy, left + dx] * share for dy, dx, share in weights)
    painted = sum(paint[top + dy, left + dx] * share[..., None] for dy, dx, share in weights)
    return np.asarray(covered), np.asarray(painted)
