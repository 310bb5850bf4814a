"""Jobs on small picture files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from PIL import Image

from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.job import StyleJob
from intaglio.stylizing.options import StylizeOptions
from intaglio.stylizing.picture_job import Limits
from intaglio.vocabulary.progress import Progress
from style_networks import STYLE_CARDS, pretrained
from stylizing.runs import Array, colors

NETWORKS: dict[str, Pretrained] = {name: pretrained(card) for name, card in STYLE_CARDS.items()}
# Small tiles, and a note after every row of them.
LIMITS = Limits(tile=(16, 48), journal_seconds=0.0)


def picture(path: Path, height: int, width: int, *, seed: int = 0, bands: int = 3, bits: int = 8) -> Path:
    """A file of noise on a slope; with four bands, alpha is noise too."""
    values = np.clip(colors(height, width, seed, bands), 0, 1) * (2**bits - 1)
    samples = values.round().astype(np.uint8 if bits == 8 else np.uint16)
    image = pyvips.Image.new_from_array(samples)
    image.copy(interpretation="rgb16" if bits == 16 else "srgb").write_to_file(str(path))
    return path


def pixels(path: Path) -> Array:
    """What a file shows, in [0, 1], read by pillow or, where it holds 16 bits, by libvips."""
    image = pyvips.Image.new_from_file(str(path))
    if image.format == "ushort":
        deep: Array = (image.numpy() / 65535).astype(np.float32)
        return deep
    with Image.open(path) as opened:
        return (np.asarray(opened) / 255).astype(np.float32)


def job(
    folder: Path, *, model: str = "wct", styles: int = 1, limits: Limits = LIMITS, mask: bool = False, **options: Any
) -> StyleJob:
    """From content.png, style0.png, ... of a folder, made if they are not there, to out.png."""
    content = folder / "content.png"
    if not content.exists():
        picture(content, 90, 110, seed=1)
        for index in range(styles):
            picture(folder / f"style{index}.png", 50 + 9 * index, 64, seed=2 + index)
        labels = np.zeros((90, 110), np.uint8)
        labels[:, 40:] = 255
        Image.fromarray(labels).save(folder / "mask.png")
    return StyleJob(
        NETWORKS[model],
        content,
        [folder / f"style{index}.png" for index in range(styles)],
        folder / "out.png",
        options=StylizeOptions.parse(options, where="test"),
        mask=folder / "mask.png" if mask else None,
        limits=limits,
    )


def interrupting(after: int, interruption: Callable[[], None]) -> Callable[[Progress], None]:
    """A listener that interrupts the work when it has heard of progress so many times."""
    heard = 0

    def listen(_: Progress) -> None:
        nonlocal heard
        heard += 1
        if heard > after:
            interruption()

    return listen


def names_in(folder: Path) -> Sequence[str]:
    """What a folder holds, hidden files too."""
    return sorted(path.name for path in folder.iterdir())
