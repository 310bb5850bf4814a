"""Folders of small pictures to train with."""

from pathlib import Path

from PIL import Image

from images.pictures import noise, save
from intaglio.data.crop import Crop

SMALL = Crop(size=8, resize="shorter", to=10, flip=True)


def filled(folder: Path, count: int, *, suffix: str = "png") -> Path:
    """A folder of so many different pictures, 00.png and on."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        save(folder / f"{number:02}.{suffix}", noise(12 + number % 3, 14, 3, seed=number))
    return folder


def cut_short(path: Path, share: float = 0.3) -> Path:
    """Keep the front of a file: its header is right, its pixels end early."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def with_orientation(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif
