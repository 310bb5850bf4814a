"""Runs of the engine over arrays, and the whole-picture computation they must equal."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from intaglio.models.card import ModelCard
from intaglio.models.style.network import StyleNetwork
from intaglio.stylizing.engine import Workspace
from intaglio.stylizing.options import StylizeOptions
from intaglio.stylizing.pixels import ArrayPixels
from intaglio.stylizing.plan import make_plan
from intaglio.stylizing.run import Pictures, stylize_pixels
from intaglio.stylizing.schemes import scheme_of
from intaglio.stylizing.track import Track
from intaglio.vocabulary.progress import ignore

Array = NDArray[np.float32]


def colors(height: int, width: int, seed: int = 0, bands: int = 3) -> Array:
    """Noise on a slope: every channel moves, at every scale."""
    generator = np.random.default_rng(seed)
    slope = np.linspace(0, 0.6, height)[:, None, None] * generator.random(bands) + np.linspace(0, 0.4, width)[:, None] / 2
    return (slope + 0.4 * generator.random((height, width, bands))).astype(np.float32)


def stylized(
    network: StyleNetwork,
    card: ModelCard,
    content: Array,
    styles: Sequence[Array],
    *,
    tile: tuple[int, int] | None = None,
    memory: int | None = None,
    mask: Array | None = None,
    **options: Any,
) -> Array:
    """The engine's output for a picture in memory, not clamped."""
    height, width, _ = content.shape
    sizes = [style.shape[:2] for style in styles]
    plan = make_plan(
        scheme_of(network, StylizeOptions()).passes,
        card,
        (height, width),
        sizes,
        memory=memory,
        device=torch.device("cpu"),
        tile=tile,
    )
    result = ArrayPixels(np.full((height, width, 3), np.nan, np.float32))
    pictures = Pictures(
        content=ArrayPixels(content),
        styles=[ArrayPixels(style) for style in styles],
        sink=result,
        mask=None if mask is None else ArrayPixels(mask),
    )
    steps = [("styles", 1.0), *((one.name, one.macs) for one in plan.passes)]
    with TemporaryDirectory() as folder:
        stylize_pixels(
            network,
            card,
            plan,
            pictures,
            StylizeOptions.parse(options, where="test"),
            Workspace(Path(folder)),
            Track(steps, plan.megapixels, ignore).at,
        )
        assert not list(Path(folder).iterdir()), "spills go when they are done with"
    return result.array


def whole(network: StyleNetwork, card: ModelCard, content: Array, style: Array, strength: float = 1.0) -> Array:
    """`StyleNetwork.forward` of the padded picture, cropped."""
    height, width, _ = content.shape
    multiple = card.size_multiple
    sides = [-(-max(side, card.smallest_side) // multiple) * multiple for side in (height, width)]
    wide = [max(side, card.smallest_side) for side in style.shape[:2]]
    result = network(padded(content, *sides), padded(style, *wide), strength)
    cropped: Array = result[0].permute(1, 2, 0)[:height, :width].numpy()
    return cropped


def padded(picture: Array, height: int, width: int) -> torch.Tensor:
    """(1, 3, height, width), by reflection at the right and the bottom."""
    room = ((0, height - picture.shape[0]), (0, width - picture.shape[1]), (0, 0))
    return torch.from_numpy(np.pad(picture, room, mode="reflect")).permute(2, 0, 1)[None]


def deviation(found: Array, expected: Array) -> float:
    """Largest difference as a share of the largest value."""
    assert found.shape == expected.shape
    return float(np.abs(found - expected).max() / np.abs(expected).max())
