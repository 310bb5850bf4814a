"""Pictures small enough to be held whole: files to arrays of 8 bits, and back."""

from pathlib import Path

import numpy as np
import pyvips
from numpy.typing import NDArray

from intaglio.images.atomic import replacing
from intaglio.images.decode import open_srgb
from intaglio.images.failures import unreadable, unwritable
from intaglio.images.header import Picture, read_header
from intaglio.images.orientation import upright
from intaglio.images.resize import fitted


def size_in_memory(picture: Picture, shorter_side: int | None = None) -> tuple[int, int]:
    """Width and height that `read_whole` gives a picture: its own, or those in proportion with this shorter side."""
    scale = 1.0 if shorter_side is None else shorter_side / min(picture.width, picture.height)
    return round(picture.width * scale), round(picture.height * scale)


def read_whole(path: Path, *, shorter_side: int | None = None) -> NDArray[np.uint8]:
    """A picture as (H, W, 3), 8 bits, upright, sRGB, transparency on white.

    Args:
        path: the file, of any kind that `read_header` takes; the caller sees to it that it fits memory.
        shorter_side: to resize to, smaller or larger, keeping the proportions; None for the picture's own size.

    Raises:
        PictureError: it cannot be read.

    """
    picture = read_header(path)
    width, height = size_in_memory(picture, shorter_side)
    image = _eight_bits(open_srgb(picture))
    if picture.alpha:
        image = image.flatten(background=[255, 255, 255])
    try:
        stored = fitted(image, *((height, width) if picture.orientation >= 5 else (width, height)))
        pixels: NDArray[np.uint8] = stored.numpy()
    except pyvips.Error as error:
        raise unreadable(path, error) from None
    return upright(pixels, picture.orientation)


def read_square(path: Path, side: int) -> NDArray[np.uint8]:
    """A picture as (side, side, 3): its shorter side resized to `side`, the middle of the longer one kept.

    Raises:
        PictureError: it cannot be read.

    """
    return middle(read_whole(path, shorter_side=side), side)


def middle(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The square in the middle of (H, W, 3), whose sides are at least as long; a view."""
    top, left = ((length - side) // 2 for length in pixels.shape[:2])
    return pixels[top : top + side, left : left + side]


def write_whole(pixels: NDArray[np.uint8], out: Path, *, quality: int = 75) -> None:
    """Write an array (H, W, 3) to a file whose suffix says the format; it appears complete or not at all.

    Args:
        pixels: 8 bits, sRGB.
        out: PNG, JPEG, WebP or TIFF.
        quality: 1 to 100, where the format loses anything.

    Raises:
        ResourceError: it cannot be written.

    """
    image = pyvips.Image.new_from_array(np.ascontiguousarray(pixels), interpretation="srgb")
    try:
        with replacing(out, durable=False) as temporary:
            image.write_to_file(str(temporary), Q=quality)
    except (OSError, pyvips.Error) as error:
        raise unwritable(out, error) from None


def _eight_bits(image: pyvips.Image) -> pyvips.Image:
    return image if image.format == "uchar" else (image / 257).rint().cast("uchar").copy(interpretation="srgb")
