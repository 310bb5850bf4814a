"""The sample photo: a mountain lake in the evening, seen by the camera of `relief.py`."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from firs import Fir, plant
from procedural import Array, color, mix
from relief import Camera, Light, Noise, seen

SUN = (0.78, 0.42, -0.46)
GOLD = np.array((1.0, 0.80, 0.52))
LAND, ROCK, SKY, WATER = Noise(3), Noise(21), Noise(8), Noise(5)
EYE = Camera(height=0.030)
MIRRORED = Camera(height=-0.030)
FAR = (0.3, 26.0)
# Peaks that are there for the composition: x, z, radius and height.
PEAKS = ((2.3, 9.5, 1.9, 1.25), (-3.4, 8.0, 1.8, 0.95), (0.2, 15.5, 3.0, 1.4), (6.5, 12.0, 2.4, 1.2), (-7.5, 14.0, 2.6, 1.3))


def smooth(values: Array, low: float, high: float) -> Array:
    """From 0 at `low` to 1 at `high`, without a kink."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def inland(x: Array, z: Array) -> Array:
    """How far from the lake, kilometers; below zero on it."""
    coast = LAND.cloudy(1.3 * x, 1.3 * z, 4) - 0.5
    around = np.hypot((x - 0.06 * z) / 0.75, z / 1.35) - 1
    return np.asarray(around + 0.8 * coast)


def hills(x: Array, z: Array, octaves: int) -> Array:
    """Height of the land with so many octaves of detail."""
    away = inland(x, z)
    peaks = sum(top * np.exp(-(((x - px) ** 2 + (z - pz) ** 2) / radius**2)) for px, pz, radius, top in PEAKS)
    wild = ROCK.rugged(0.42 * x + 3, 0.42 * z + 1, octaves)
    low = 0.35 * smooth(away, 0, 1.6) * LAND.cloudy(1.7 * x, 1.7 * z, min(octaves, 5))
    high = smooth(away, 0.2, 3.5) * (0.25 + np.asarray(peaks)) * (0.35 + 1.15 * wild)
    return np.asarray(low + high + 0.004 * smooth(away, 0, 0.02) - 0.01 * (away < 0))


def coarse(x: Array, z: Array) -> Array:
    """The land as far as it throws shadows."""
    return hills(x, z, 6)


@cache
def evening() -> Light:
    """Of the evening."""
    return Light(coarse, SUN, (-16.0, 0.0), (32.0, 27.0), 0.05)


def fine(x: Array, z: Array) -> Array:
    """The land as it is seen."""
    return hills(x, z, 11)


def sky(rows: Array, columns: Array, camera: Camera) -> Array:
    """Blue above, warm at the horizon, and clouds that the sun lights from the right."""
    up = np.maximum(camera.horizon - rows, 0)[:, None] + 0 * columns
    aside = (columns - camera.middle) + 0 * up
    picture = mix(color(0xF7D3A8), color(0xA9C6DC), (up / 0.24) ** 0.8)
    picture = mix(picture, color(0x3E77B6), ((up - 0.14) / 0.50))
    distance = 1 / (up + 0.10)
    x, z = aside * distance * 1.25, distance * 1.15
    bend = SKY.cloudy(0.7 * x + 9, 0.7 * z, 3)
    puffs = SKY.cloudy(1.1 * x + 1.2 * bend, 1.7 * z + 4, 8)
    toward = SKY.cloudy(1.1 * (x + 0.10) + 1.2 * bend, 1.7 * (z - 0.05) + 4, 6)
    dense = smooth(puffs, 0.50, 0.70) * smooth(up, 0.0, 0.12)
    lit = np.clip(0.62 + 5.0 * (puffs - toward) - 0.45 * (dense - 0.4), 0, 1)
    cloud = mix(color(0x8C93B4), color(0xFFF0DA), lit)
    veil = smooth(SKY.cloudy(0.5 * x + 40, 3.2 * z + 0.8 * bend, 6), 0.48, 0.80)
    picture = mix(picture, color(0xFFE9CF), 0.45 * veil)
    return mix(picture, cloud, 0.95 * dense)


def ground(x: Array, y: Array, z: Array) -> Array:
    """Color of the land where it is seen: forest, meadow, rock and snow, in the sun and in the shade."""
    step = np.maximum(0.0006 * z, 0.0015)
    slope_x, slope_z = (fine(x + step, z) - y) / step, (fine(x, z + step) - y) / step
    steep = np.hypot(slope_x, slope_z)
    facing = (-slope_x * SUN[0] + SUN[1] - slope_z * SUN[2]) / np.sqrt(1 + steep**2)
    light = np.clip(facing, 0, 1) ** 0.8 * evening().at(x, z)
    grain = ROCK.cloudy(60 * x, 60 * z + 40 * y, 5)
    band = ROCK.cloudy(2 * x + 1.5 * grain, 26 * y + 3 * grain, 4)
    stone = mix(color(0x5F5A58), color(0xB09A86), (band - 0.25) * 1.8)
    stone = mix(stone, color(0x3B3A3F), 0.6 * (grain - 0.35))
    leaves = ROCK.cloudy(120 * x, 120 * z, 4)
    wood = mix(color(0x1D3222), color(0x57682F), (leaves - 0.3) * 2)
    meadow = mix(color(0x6C7A35), color(0xB4A24E), (LAND.cloudy(9 * x, 9 * z, 5) - 0.25) * 1.8)
    green = mix(wood, meadow, smooth(LAND.cloudy(2.6 * x + 5, 2.6 * z, 5) - 0.5 * steep, 0.36, 0.46))
    line = LAND.cloudy(3 * x, 3 * z, 5) - 0.5
    picture = mix(green, stone, np.maximum(smooth(y + 0.8 * line, 0.50, 0.85), smooth(steep, 0.85, 1.3)))
    snow = smooth(y + 0.7 * line + 0.12 * (grain - 0.5), 0.92, 1.10) * smooth(-steep, -1.9, -0.95)
    picture = mix(picture, color(0xF4F3F2), snow)
    shadow = color(0x55699A) * (0.62 + 0.30 * snow)[..., None]
    return picture * (shadow + (1.42 * GOLD - 0.25 * shadow) * light[..., None])


def hazy(picture: Array, z: Array) -> Array:
    """Behind the air of `z` kilometers: blue in the distance, warm far away."""
    through = np.exp(-z / 17)
    return mix(mix(color(0xE8CDB4), color(0x9DB3CC), through * 1.1), picture, through)


@dataclass(frozen=True, kw_only=True)
class Pixels:
    """Rows and columns of pixels, in heights of the picture."""

    rows: Array
    columns: Array

    @property
    def side(self) -> float:
        """Of a pixel."""
        return float(self.rows[1] - self.rows[0])


def land(camera: Camera, pixels: Pixels, firs: list[Fir]) -> tuple[Array, Array]:
    """Sky, land and trees as one camera sees them, without the water; and how far the land is, (H, W)."""
    z = seen(camera, fine, pixels.rows, pixels.columns, FAR)
    picture, there = sky(pixels.rows, pixels.columns, camera), np.isfinite(z)
    far = z[there]
    x = np.broadcast_to(pixels.columns - camera.middle, z.shape)[there] * far / camera.focus
    y = camera.height + np.broadcast_to((camera.horizon - pixels.rows)[:, None], z.shape)[there] * far / camera.focus
    picture[there] = hazy(ground(x, y, far), far)
    plant(picture, z, firs, camera, (pixels.rows, pixels.columns), hazy)
    return picture, z


def lake(picture: Array, mirrored: Array, z: Array, pixels: Pixels) -> Array:
    """Water where no land is: what it mirrors, shaken by ripples that grow toward the viewer."""
    first = int(np.searchsorted(pixels.rows, EYE.horizon + 0.002))
    down = (pixels.rows[first:] - EYE.horizon)[:, None]
    away = EYE.focus * EYE.height / down
    across = (pixels.columns - EYE.middle) * away / EYE.focus
    calm = smooth(WATER.cloudy(7 * across + 2, 9 * away, 3), 0.36, 0.62)
    waves = WATER.cloudy(260 * across + 60 * away, 900 * away, 4) - 0.5
    swell = WATER.cloudy(60 * across, 330 * away, 3) - 0.5
    shaken = (waves * 0.7 + swell) * (0.012 + 0.11 * down) * (0.15 + 0.85 * calm)
    source = 2 * EYE.horizon - pixels.rows[first:][:, None] + shaken
    index = (source - pixels.rows[0]) / pixels.side
    row = np.clip(index, 0, len(pixels.rows) - 2)
    column = np.clip(np.arange(len(pixels.columns)) + 0.25 * shaken / pixels.side, 0, len(pixels.columns) - 1).astype(int)
    above, part = row.astype(int), (row % 1)[..., None]
    image = mirrored[above, column] * (1 - part) + mirrored[above + 1, column] * part
    image = image * np.array((0.80, 0.87, 0.92)) + 0.01
    deep = np.clip(down / 0.42, 0, 1) ** 1.4 * (0.55 + 0.5 * calm)
    image = mix(image, color(0x16404F), 0.62 * deep)
    glitter = np.clip(waves + 0.6 * swell - 0.20, 0, 1) * calm * (0.3 + 3 * down)
    image = image + (GOLD * 1.1) * glitter[..., None]
    wet = ~np.isfinite(z[first:])
    picture[first:][wet] = image[wet]
    return picture


def bank(picture: Array, pixels: Pixels) -> None:
    """Grass and stones at the viewer's feet, left and right, with firs that frame the view."""
    y, x = pixels.rows[:, None], pixels.columns[None, :]
    rough = LAND.cloudy(14 * x, 0 * x + 3, 6) - 0.5
    top = 1.015 - 0.135 * np.exp(-((x / 0.42) ** 2)) - 0.085 * np.exp(-(((x - 1.5) / 0.20) ** 2)) + 0.035 * rough
    into = np.maximum(y - top, 0)
    blades = LAND.cloudy(420 * x + 30 * ROCK.cloudy(9 * x, 9 * y, 2), 60 * y, 4)
    patches = LAND.cloudy(16 * x, 34 * y, 5)
    grass = mix(mix(color(0x1B2C17), color(0x55692A), (blades - 0.25) * 1.9), color(0xB79F4C), (blades - 0.5) * 2.4 * patches)
    stones = smooth(ROCK.cloudy(26 * x, 40 * y, 4), 0.60, 0.64)
    stone = mix(color(0x4A4744), color(0xB7A48C), (ROCK.cloudy(150 * x, 190 * y, 4) - 0.2) * 1.6)
    covered = smooth(y - top + 0.022 * (blades - 0.4), 0, 0.004)
    painted = mix(grass, stone, 0.9 * stones) * (0.62 + 0.55 * smooth(into, 0.10, 0.0))[..., None]
    picture[:] = mix(picture, painted, covered)
    random = np.random.default_rng(31)
    firs = []
    for middle, spread, count in ((0.10, 0.11, 9), (1.44, 0.05, 4)):
        for column in np.sort(random.normal(middle, spread, count)):
            z, foot = (
                random.uniform(0.055, 0.11),
                float(np.interp(column, pixels.columns, top[0])) + random.uniform(0.004, 0.03),
            )
            place = {"x": (column - EYE.middle) * z / EYE.focus, "y": EYE.height - (foot - EYE.horizon) * z / EYE.focus}
            share = random.uniform(0.20, 0.50) if middle < 1 else random.uniform(0.16, 0.30)
            firs.append(Fir(**place, z=z, tall=share * z / EYE.focus, kind=int(random.integers(5))))
    plant(picture, np.full(picture.shape[:2], np.inf), firs, EYE, (pixels.rows, pixels.columns), hazy)


def forest() -> list[Fir]:
    """The trees on the far shore."""
    random, count = np.random.default_rng(7), 9000
    z = random.uniform(0.6, 2.2, count) ** 1.6
    x, tall, kind = random.uniform(-0.62, 0.62, count) * z, random.uniform(0.016, 0.032, count), random.integers(5, size=count)
    y = fine(x, z)
    there = (y > 0.0015) & (y < 0.5) & (LAND.cloudy(6 * x, 6 * z, 3) > 0.42)
    places = zip(x[there], y[there], z[there], tall[there], kind[there], strict=True)
    return [Fir(x=x, y=y - 0.001, z=z, tall=tall, kind=int(kind)) for x, y, z, tall, kind in places]


def landscape(width: int, height: int) -> Array:
    """A mountain lake in the evening, (height, width, 3) in [0, 1]; the width is half again the height."""
    pixels = Pixels(rows=(np.arange(height) + 0.5) / height, columns=(np.arange(width) + 0.5) / height)
    firs = forest()
    picture, z = land(EYE, pixels, firs)
    mirrored, _ = land(MIRRORED, pixels, firs)
    picture = lake(picture, mirrored, z, pixels)
    bank(picture, pixels)
    return picture
