"""Contact sheets: small pictures side by side on one page."""

from collections.abc import Sequence
from pathlib import Path

import pyvips

from intaglio.images.atomic import replacing
from intaglio.images.failures import unreadable, unwritable

_WHITE = (255, 255, 255)


def contact_sheet(
    pictures: Sequence[Path], out: Path, *, columns: int, cell: tuple[int, int] = (384, 256), gap: int = 8
) -> None:
    """Write pictures, shrunk to fit, in rows on white.

    Args:
        pictures: files, in the order of reading.
        out: a PNG or JPEG file, by its suffix; it appears complete or not at all.
        columns: pictures in a row.
        cell: width and height that each picture is fitted into, pixels.
        gap: white around each, pixels.

    Raises:
        PictureError: a picture cannot be read.
        ResourceError: the sheet cannot be written.

    """
    width, height = cell
    rows = -(-len(pictures) // columns)
    size = (columns * (width + gap) + gap, rows * (height + gap) + gap)
    page = (pyvips.Image.black(*size, bands=3) + list(_WHITE)).cast("uchar").copy(interpretation="srgb")
    for number, path in enumerate(pictures):
        small = _thumbnail(path, cell)
        left = gap + number % columns * (width + gap) + (width - small.width) // 2
        top = gap + number // columns * (height + gap) + (height - small.height) // 2
        page = page.insert(small, left, top)
    try:
        with replacing(out, durable=False) as temporary:
            page.write_to_file(str(temporary))
    except (OSError, pyvips.Error) as error:
        raise unwritable(out, error) from None


def _thumbnail(path: Path, cell: tuple[int, int]) -> pyvips.Image:
    """8 bits, sRGB, without alpha, held in memory."""
    try:
        small = pyvips.Image.thumbnail(str(path), cell[0], height=cell[1]).colourspace("srgb")
        return (small.flatten(background=list(_WHITE)) if small.hasalpha() else small).copy_memory()
    except pyvips.Error as error:
        raise unreadable(path, error) from None
