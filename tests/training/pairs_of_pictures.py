"""Small folders of pictures to judge on, a stylization without a network, and what is judged."""

from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from intaglio.training.evaluation import Subject
from intaglio.training.grid import Grid

SUBJECT = Subject(name="mixer", model="0123456789abcdef", parameters=0, bytes=0, macs_per_megapixel=0.0)


def write_pictures(folder: Path, count: int, *, height: int = 40, width: int = 48, seed: int = 0) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    made = []
    for index in range(count):
        coarse = generator.integers(0, 256, (6, 7, 3), dtype=np.uint8)
        made.append(folder / f"{folder.name}{index}.png")
        Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).save(made[-1])
    return made


def small_grid(folder: Path, contents: int = 2, styles: int = 3, sample: int | None = None) -> Grid:
    return Grid(
        contents=write_pictures(folder / "content", contents, seed=1),
        styles=write_pictures(folder / "style", styles, height=36, width=60, seed=2),
        sample=sample,
    )


def mix(content: Tensor, style: Tensor) -> Tensor:
    """The content with the mean color of the style, partly out of range."""
    return content * 1.5 - 0.25 + 0.3 * style.mean((2, 3), keepdim=True)
