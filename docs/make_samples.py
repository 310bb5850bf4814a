"""Draw the sample pictures of `src/intaglio/samples`: a landscape, and as styles a painting in bold strokes,
an engraving and a stained glass window.

    python docs/make_samples.py            # all of them, some minutes
    python docs/make_samples.py window     # those that are named

The landscape is rendered in three dimensions (`landscape.py`), whirls lead the strokes, hatching swells where the engraving is
dark, and the window is made of cells around scattered points.
The same seeds give the same pictures, up to the last bits of the JPEG encoder.
"""

import sys
from pathlib import Path

import numpy as np
import pyvips

from landscape import landscape
from procedural import FINE, WIDTH, Array, change, color, coordinates, mix, noise

SAMPLES = Path(__file__).parents[1] / "src" / "intaglio" / "samples"
PHOTO = (3072, 2048)
# Of the painting: row, column, turn and size of each whirl; colors from low to high.
WHIRLS = ((0.30, 0.45, 5.0, 0.24), (0.55, 1.10, -5.5, 0.26), (0.16, 1.28, 4.0, 0.14), (0.80, 0.30, -4.0, 0.20))
PALETTE = [color(code) for code in (0x0C1B4D, 0x123A8C, 0x1D64B4, 0x2FA0B8, 0xA8D5B0, 0xF6E27A, 0xF2A71B, 0xD9481C)]
STROKES = 9000
GLASS = [color(code) for code in (0x0B2A6B, 0x1250A8, 0x137A8C, 0x1E8C4A, 0xE8B92E, 0xE2731D, 0xB3182B, 0x6A1050)]


def whirls(y: Array, x: Array) -> tuple[Array, Array]:
    """Direction of the brush (radians) and a height that colors follow, from four whirls in a wind from the left."""
    across, along, height = np.ones_like(x), 0.35 * np.sin(4 * x), 0.25 * np.sin(5 * y + 2 * x)
    for row, column, turn, size in WHIRLS:
        dy, dx = y - row, x - column
        near = np.exp(-(dy * dy + dx * dx) / size**2)
        across, along = across - turn * near * dy / size, along + turn * near * dx / size
        height = height + near * np.cos(np.hypot(dy, dx) / size * 7)
    return np.arctan2(along, across), height


def painting() -> Array:
    """Bold strokes along whirls, blues against golds, the broad ones first; (H, W, 3) in [0, 1]."""
    random = np.random.default_rng(4)
    y, x = coordinates()
    angle, height = whirls(y, x)
    picture = np.broadcast_to(PALETTE[0], (*y.shape, 3)).copy()
    for share in np.linspace(0, 1, STROKES):
        width, length = (26 - 14 * share) * random.uniform(0.7, 1.2), (130 - 60 * share) * random.uniform(0.7, 1.3)
        row, column = (int(random.integers(side)) for side in y.shape)
        shade = 7 * float(np.clip((height[row, column] + 1.0) / 2.1 + random.normal(0, 0.07), 0, 0.999))
        paint = mix(PALETTE[int(shade)], PALETTE[int(shade) + 1], shade % 1) + random.normal(0, 0.03)
        stroke(picture, angle, (row, column), (width, length), paint, random.uniform(0, 6))
    return picture


def stroke(picture: Array, angle: Array, spot: tuple[int, int], size: tuple[float, float], paint: Array, start: float) -> None:
    """Lay a stroke of (width, length) pixels onto the picture, bent along the flow, with bristles and a lit edge."""
    (row, column), (width, length), (rows, columns) = spot, size, angle.shape
    reach = int(length)
    down, right = (np.arange(max(0, at - reach), min(end, at + reach)) for at, end in ((row, rows), (column, columns)))
    dy, dx = (down - row)[:, None], right - column
    turn = angle[spot]
    along, across = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
    ahead = (int(np.clip(row + 20 * np.sin(turn), 0, rows - 1)), int(np.clip(column + 20 * np.cos(turn), 0, columns - 1)))
    bend = np.clip(np.sin(angle[ahead] - turn) / 20, -0.012, 0.012)
    across = across - 0.5 * bend * along * along
    bristles = 0.07 * np.sin(across * 1.9 + start) + 0.05 * np.sin(across * 3.3 + along * 0.01)
    inside = (np.abs(across) < width / 2) & (np.abs(along + 14 * bristles * width) < length / 2)
    relief = bristles - 0.12 * np.sin(across / width * np.pi)
    picture[down[0] : down[-1] + 1, right[0] : right[-1] + 1][inside] = (paint + relief[..., None])[inside]


def engraving() -> Array:
    """Lines of the burin, swelling where it is dark, crossed in the shadows; sepia on paper, (H, W, 3) in [0, 1]."""
    random = np.random.default_rng(2)
    y, x = coordinates()
    folds = noise(random, y.shape, (3, 4), 3)
    dark = np.clip((noise(random, y.shape, (3, 4), 4) - 0.3) * 2.1, 0.05, 0.8)
    ink = np.zeros_like(y)
    for turn, begins in ((0.5, 0.0), (-0.75, 0.5)):
        phase = (x * np.sin(turn) + y * np.cos(turn) + 0.42 * folds) * 78
        swell = np.clip((dark - begins) / (1.1 - begins), 0, 1)
        ink = np.maximum(ink, np.clip((swell - np.abs(2 * np.mod(phase, 1) - 1)) * 5 + 0.5, 0, 1) * (swell > 0))
    paper = color(0xF1E3C6) - 0.05 * (noise(random, y.shape, (60, 90), 4) - 0.5)[..., None]
    return mix(paper, color(0x2B1A14), 0.94 * ink)


def window() -> Array:
    """Stained glass: cells in the colors of a rose of light, leaded; (H, W, 3) in [0, 1]."""
    random = np.random.default_rng(9)
    y, x = coordinates()
    cells, across = 13, 20
    rows, columns = np.meshgrid(np.arange(-1, cells + 1), np.arange(-1, across + 1), indexing="ij")
    points = np.stack([rows + random.uniform(0.08, 0.92, rows.shape), columns + random.uniform(0.08, 0.92, rows.shape)], -1)
    points = points.reshape(-1, 2) / cells
    nearest, second, whose = np.full(y.shape, 9.0), np.full(y.shape, 9.0), np.zeros(y.shape, int)
    bend = 0.018 * (noise(random, y.shape, (6, 9), 3) - 0.5)
    for number, (row, column) in enumerate(points):
        distance = np.hypot(y + bend - row, x - bend - column)
        second = np.minimum(second, np.maximum(distance, nearest))
        whose, nearest = np.where(distance < nearest, number, whose), np.minimum(distance, nearest)
    away = np.hypot(points[:, 0] - 0.46, points[:, 1] - 0.80)
    shades = np.clip(6.2 * (0.5 + 0.5 * np.cos(8.5 * away)) + random.normal(0, 0.9, len(points)), 0, 6.99)
    glass = np.array([mix(GLASS[int(shade)], GLASS[int(shade) + 1], shade % 1) for shade in shades])
    glass = np.clip(glass * random.uniform(0.78, 1.18, (len(points), 1)), 0, 1)
    streaks = noise(random, y.shape, (30, 14), 5) - 0.5
    light = 0.86 + 0.5 * streaks + 0.35 * np.exp(-np.square((y - 0.46) ** 2 + (x - 0.80) ** 2) * 9)
    lead = np.clip(((second - nearest) - 0.0075) / 0.003, 0, 1)
    rim = np.clip(1 - ((second - nearest) - 0.0075) / 0.012, 0, 1)
    pane = glass[whose] * (light - 0.28 * rim)[..., None]
    metal = color(0x14120F) + 0.10 * np.clip(change(second - nearest, 3, 0) * 90, 0, 1)[..., None]
    return mix(metal, pane, lead)


def write(picture: Array, path: Path, quality: int) -> None:
    """Save as JPEG."""
    levels = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    pyvips.Image.new_from_array(levels).copy(interpretation="srgb").write_to_file(str(path), Q=quality, strip=True)


def averaged(picture: Array, step: int) -> Array:
    """Means of squares of so many pixels."""
    rows, columns = picture.shape[0] // step, picture.shape[1] // step
    return np.asarray(picture.reshape(rows, step, columns, step, 3).mean((1, 3)))


def main(names: list[str]) -> None:
    """Draw those that are named, or all."""
    for name, draw in (("painting", painting), ("engraving", engraving), ("window", window)):
        if name in names or not names:
            write(averaged(draw(), FINE), SAMPLES / f"{name}.jpg", 88)
    if "landscape" in names or not names:
        picture = landscape(*PHOTO)
        write(picture, SAMPLES / "landscape.jpg", 80)
        write(averaged(picture, PHOTO[0] // WIDTH), SAMPLES / "content.jpg", 88)


if __name__ == "__main__":
    main(sys.argv[1:])
