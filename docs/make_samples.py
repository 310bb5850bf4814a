"""Draw the sample pictures of `src/intaglio/samples`: a landscape, a painting in bold strokes and an engraving.

    python docs/make_samples.py

Fractal noise makes clouds, rock and ripples, whirls lead the strokes, and hatching swells where the engraving is dark.
The same seeds give the same pictures, up to the last bits of the JPEG encoder.
"""

from pathlib import Path

import numpy as np
import pyvips

from procedural import FINE, HEIGHT, WIDTH, Array, change, color, coordinates, mix, noise

SAMPLES = Path(__file__).parents[1] / "src" / "intaglio" / "samples"
LIGHT = np.array((1.0, 0.86, 0.62))
# Of the landscape, far to near: level and height of the crest, and how many peaks.
RANGES = ((0.30, 0.42, 3.0), (0.40, 0.34, 3.0), (0.49, 0.24, 4.0), (0.555, 0.15, 6.0), (0.60, 0.08, 9.0))
# Of the painting: row, column, turn and size of each whirl; colors from low to high.
WHIRLS = ((0.30, 0.45, 5.0, 0.24), (0.55, 1.10, -5.5, 0.26), (0.16, 1.28, 4.0, 0.14), (0.80, 0.30, -4.0, 0.20))
PALETTE = [color(code) for code in (0x0C1B4D, 0x123A8C, 0x1D64B4, 0x2FA0B8, 0xA8D5B0, 0xF6E27A, 0xF2A71B, 0xD9481C)]
STROKES = 9000


def sky(random: np.random.Generator, y: Array, x: Array) -> Array:
    """Evening: blue above, gold at the horizon (y = 0.6), a low sun and clouds lit from below."""
    picture = mix(color(0xF9C98B), color(0x8FB4CF), y[..., None] / -0.35 + 1.6)
    picture = mix(picture, color(0x2E5E9E), (0.36 - y) / 0.42)
    sun = np.hypot(x - 1.02, y - 0.16)
    clouds = noise(random, y.shape, (7, 2.2), 6) + 0.10 * (0.5 - y)
    dense = np.clip((clouds - 0.49) / 0.16, 0, 1)
    lit = np.clip(change(clouds, 14, 0) * -9 + 0.55 - 0.25 * sun, 0, 1)
    picture = mix(picture, mix(color(0x7E7FA6), color(0xFFE3C0), lit), 0.9 * dense)
    picture = picture + LIGHT * (0.55 * np.exp(-sun * 5))[..., None]
    return mix(picture, color(0xFFF6DC), (0.042 - sun) / 0.004)


def mountains(random: np.random.Generator, picture: Array, y: Array, x: Array) -> Array:
    """Five ranges, far and hazy to near and dark, with rock that the sun lights from the right and snow on the far ones."""
    haze = color(0xE9BF9A)
    for distance, (level, height, cells) in enumerate(RANGES):
        shape = y.shape
        hills = noise(random, (1, shape[1]), (1, cells), 9)
        crest = level - height * (1 - 2.4 * np.abs(hills - 0.5) - 0.62)
        depth = y - crest
        rock = 1 - np.abs(2 * noise(random, shape, (9 + 2 * distance, 14 + 3 * distance), 6) - 1)
        slope = change(rock, 6, 1) + 3.6 * change(crest, 18, 1)
        lit = np.clip(0.45 + 7 * slope, 0, 1)
        near = distance / 4
        stone = mix(mix(color(0x3A4A78), color(0x14302E), near), mix(color(0xE8A878), color(0x7C8A3C), near), lit)
        snow = np.clip((0.075 - depth + 0.16 * (rock - 0.8)) / 0.02, 0, 1) * (distance < 2)
        stone = mix(stone, mix(color(0x8FA3CB), color(0xFFF1DF), lit), snow)
        stone = mix(stone, haze, 0.42 * (1 - near) + np.clip(depth / 0.5, 0, 0.3) * (1 - near))
        picture = mix(picture, stone, depth * shape[0] / 2)
    return picture


def lake(random: np.random.Generator, picture: Array, y: Array, shore: float) -> Array:
    """Everything below the shore mirrors what is above it, shaken by ripples that grow toward the viewer."""
    rows, columns = y.shape
    first = int(shore * rows)
    below = np.arange(first, rows)[:, None]
    closeness = (below - first) / (rows - first)
    waves = noise(random, (rows - first, columns), (46, 7), 4) - 0.5
    source = np.clip(2 * first - below + waves * (8 + 150 * closeness), 0, first - 1).astype(int)
    mirrored = picture[source, np.arange(columns)[None, :]]
    tinted = mix(0.93 * mirrored, color(0x1B4866), 0.16 + 0.42 * closeness)
    picture[first:] = tinted + LIGHT * (0.9 * np.clip(waves - 0.12, 0, 1) * (1 - 0.5 * closeness))[..., None]
    return picture


def firs(random: np.random.Generator, picture: Array, y: Array, x: Array) -> Array:
    """Trees on the near bank, left and right, each a stack of ragged branches lit from the sun's side."""
    ground = 0.93 - 0.16 * np.exp(-np.square(x / 0.30)) - 0.12 * np.exp(-np.square((x - 1.5) / 0.20))
    ground = ground + 0.03 * (noise(random, (1, y.shape[1]), (1, 24), 5) - 0.5)
    grass = noise(random, y.shape, (60, 110), 4)
    bank = mix(color(0x16301C), color(0xA99A3E), (grass - 0.42) * 3.2)
    picture = mix(picture, bank, (y - ground) * y.shape[0] / 3)
    spots = [*random.normal(0.12, 0.13, 15), *random.normal(1.46, 0.08, 9)]
    for spot in sorted(spots, key=lambda _: random.random()):
        tall, wide = random.uniform(0.20, 0.44), random.uniform(0.045, 0.07)
        foot = float(ground[0, int(np.clip(spot / 1.5, 0, 0.999) * y.shape[1])]) + random.uniform(0.0, 0.05)
        share = (y - (foot - tall)) / tall
        ragged = 0.62 + 0.38 * np.mod(share * random.uniform(9, 13) + 0.25 * np.sin(90 * x + 40 * y), 1)
        reach = wide * np.clip(share, 0, 1) * ragged * (1 + 0.25 * np.sin(310 * y + 170 * x))
        inside = (np.abs(x - spot) < reach) & (share < 0.95) | (np.abs(x - spot) < 0.004) & (share > 0) & (share < 1)
        lit = np.clip((x - spot) / wide * 1.1 + (ragged - 0.8) * 1.5 + 1.2 * (grass - 0.5), 0, 1)
        picture = mix(picture, mix(color(0x0B2420), color(0x6F8B3A), lit), inside.astype(float))
    return picture


def landscape() -> Array:
    """A mountain lake in the evening, (H, W, 3) in [0, 1]."""
    random = np.random.default_rng(11)
    y, x = coordinates()
    picture = mountains(random, sky(random, y, x), y, x)
    return firs(random, lake(random, picture, y, 0.62), y, x)


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


def write(picture: Array, path: Path) -> None:
    """Average to the final size and save as JPEG."""
    small = picture.reshape(HEIGHT, FINE, WIDTH, FINE, 3).mean((1, 3))
    levels = np.rint(np.clip(small, 0, 1) * 255).astype(np.uint8)
    pyvips.Image.new_from_array(levels).copy(interpretation="srgb").write_to_file(str(path), Q=88, strip=True)


if __name__ == "__main__":
    for name, draw in (("content", landscape), ("painting", painting), ("engraving", engraving)):
        write(draw(), SAMPLES / f"{name}.jpg")
