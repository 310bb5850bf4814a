"""Contact sheets: small pictures side by side on one page, with captions if wanted."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import pyvips

from intaglio.images.atomic import replacing
from intaglio.images.failures import unreadable, unwritable

_WHITE, _INK = (255, 255, 255), 40
# A line of captions below a row of pictures: pixels that it takes, fonts for Pango, the first that fits, dots per inch.
_LINE, _FONTS, _DPI = 22, ("sans 10", "sans 9", "sans 8"), 96


def contact_sheet(
    pictures: Sequence[Path],
    out: Path,
    *,
    columns: int,
    cell: tuple[int, int] = (384, 256),
    gap: int = 8,
    captions: Sequence[str] = (),
) -> None:
    """Write pictures, shrunk to fit, in rows on white.

    Args:
        pictures: files, in the order of reading.
        out: a PNG or JPEG file, by its suffix; it appears complete or not at all.
        columns: pictures in a row.
        cell: width and height that each picture is fitted into, pixels.
        gap: white around each, pixels.
        captions: a line for below each picture; what is too long for its cell is smaller, or else cut. None leave no room.

    Raises:
        PictureError: a picture cannot be read.
        ResourceError: the sheet cannot be written.

    """
    width, height = cell
    line = _LINE if captions else 0
    rows = -(-len(pictures) // columns)
    size = (columns * (width + gap) + gap, rows * (height + line + gap) + gap)
    page = (pyvips.Image.black(*size, bands=3) + list(_WHITE)).cast("uchar").copy(interpretation="srgb")
    for number, path in enumerate(pictures):
        small = _thumbnail(path, cell)
        left, top = gap + number % columns * (width + gap), gap + number // columns * (height + line + gap)
        page = page.insert(small, left + (width - small.width) // 2, top + (height - small.height) // 2)
        if captions:
            text = _caption(captions[number], width)
            page = page.insert(text, left + (width - text.width) // 2, top + height + (line - text.height) // 2)
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


def _caption(text: str, width: int) -> pyvips.Image:
    """A line at most `width` pixels long, on white, of one channel."""
    kept, mask = text, _drawn(text, _FONTS[0])
    for font in _FONTS[1:]:
        if mask.width > width:
            mask = _drawn(text, font)
    while mask.width > width and len(kept) > 1:
        # As much less as it is too long, and then by the letter.
        kept = kept[: min(len(kept) - 1, len(kept) * width // mask.width)]
        mask = _drawn(f"{kept.rstrip()}…", _FONTS[-1])
    mask = mask.crop(0, 0, min(width, mask.width), min(_LINE, mask.height))
    return (255 - mask * ((255 - _INK) / 255)).cast("uchar").copy_memory()


def _drawn(text: str, font: str) -> pyvips.Image:
    """Ink, 0 to 255; names may hold what Pango reads as markup, or ends of lines."""
    try:
        return pyvips.Image.text(escape(" ".join(text.split()), quote=False), font=font, dpi=_DPI)
    except pyvips.Error:
        # There are characters without ink.
        return pyvips.Image.black(1, 1)
