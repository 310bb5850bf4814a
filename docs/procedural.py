"""What pictures made of numbers are made of: colors, coordinates and fractal noise; see `make_samples.py`."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

WIDTH, HEIGHT = 768, 512
FINE = 2  # drawn larger by this factor and averaged, against jagged edges


def color(code: int) -> Array:
    """RGB in [0, 1] of 0xRRGGBB."""
    return np.array([code >> 16, code >> 8 & 255, code & 255]) / 255


def mix(one: Array, other: Array, share: Array | float) -> Array:
    """From `one` (share 0) to `other` (share 1); a share of pixels holds for the three channels."""
    part = np.clip(np.asarray(share), 0, 1)
    part = part[..., None] if part.ndim else part
    return np.asarray(one * (1 - part) + other * part)


def coordinates() -> tuple[Array, Array]:
    """Rows and columns of all pixels (H, W), in heights of the picture."""
    rows, columns = HEIGHT * FINE, WIDTH * FINE
    y, x = np.meshgrid(np.arange(rows) / rows, np.arange(columns) / rows, indexing="ij")
    return y, x


def noise(random: np.random.Generator, shape: tuple[int, int], cells: tuple[float, float], octaves: int) -> Array:
    """Fractal noise (H, W) around 0.5: smooth random values on ever finer grids, each half as strong as the one before."""
    total, weight = np.zeros(shape), 0.0
    for octave in range(octaves):
        rows, columns = (max(1, round(count * 2**octave)) for count in cells)
        values = random.random((rows + 2, columns + 2))
        y, x = np.linspace(0, rows, shape[0], endpoint=False), np.linspace(0, columns, shape[1], endpoint=False)
        top, left = y.astype(int), x.astype(int)
        down, right = (np.square(part) * (3 - 2 * part) for part in (y - top, x - left))
        upper = values[top][:, left] * (1 - right) + values[top][:, left + 1] * right
        lower = values[top + 1][:, left] * (1 - right) + values[top + 1][:, left + 1] * right
        total += (upper * (1 - down[:, None]) + lower * down[:, None]) / 2**octave
        weight += 0.5**octave
    return np.asarray(total / weight)


def change(values: Array, step: int, axis: int) -> Array:
    """Value `step` further along `axis` minus the value here; the last rows and columns repeat."""
    margin = [(0, 0), (0, 0)]
    margin[axis] = (0, step)
    return np.asarray(np.take(np.pad(values, margin, mode="edge"), np.arange(step, step + values.shape[axis]), axis) - values)
