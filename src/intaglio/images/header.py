"""`Picture`: what a picture file says of itself, read before any pixel."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips

from intaglio.images.failures import unreadable
from intaglio.images.metadata import Metadata, read_metadata
from intaglio.images.signature import identify
from intaglio.vocabulary.errors import PictureError

PIXEL_BUDGET = 4_000_000_000

_COLOR_BANDS = {"b-w": 1, "grey16": 1, "srgb": 3, "rgb": 3, "rgb16": 3, "cmyk": 4}
# libvips opens no picture with a longer side.
_LONGEST_SIDE = 100_000_000
_BITS = {"uchar": 8, "ushort": 16}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The header of a picture that passed every check; made by `read_header`."""

    path: Path
    format: str
    """ "jpeg", "png", "tiff", "webp" or "heif"."""
    width: int
    """Pixels across, as seen: after the EXIF orientation is applied."""
    height: int
    """Pixels down, as seen."""
    stored_size: tuple[int, int]
    """Width and height of the pixels in the file: before the orientation is applied, and whatever size is asked for."""
    bits: int
    """8 or 16 per channel; 1-bit and palette pictures count as 8, HEIF of 10 and 12 bits as 16."""
    alpha: bool
    colors: int
    """Color channels in the file: 1 gray, 3 RGB, 4 CMYK."""
    orientation: int
    """EXIF orientation of the stored pixels, 1 (upright) to 8."""
    has_profile: bool
    """Whether the file embeds an ICC profile."""
    pages: int
    """Pages or frames in the file; only the first is read."""
    metadata: Metadata

    @property
    def bands(self) -> int:
        """Channels of the decoded picture: 3 (RGB), or 4 with alpha."""
        return 4 if self.alpha else 3

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height

    @property
    def spool_bytes(self) -> int:
        """Size of the raw spool file that `ingest` writes."""
        return self.pixels * self.bands * (self.bits // 8)


def read_header(path: Path, *, pixel_budget: int = PIXEL_BUDGET) -> Picture:
    """Check a file and read its header; no pixel is decoded.

    JPEG, PNG, TIFF and BigTIFF, WebP, and AVIF and HEIC where libvips has a decoder for them. Gray, RGB and CMYK of up to 16
    bits, with or without alpha. Of a file with several pages or frames the first one is meant.

    Args:
        path: the file.
        pixel_budget: most pixels a picture may have.

    Raises:
        PictureError: missing, unreadable, empty, not a picture, of a refused format or sample type (floating point, 32 bits,
            Lab, more than four colors), damaged, or larger than the budget.

    """
    kind = identify(path)
    image = open_image(path, kind)
    bits, colors = _check_samples(path, image)
    orientation = _orientation(image)
    across, down = (image.height, image.width) if orientation >= 5 else (image.width, image.height)
    if across * down > pixel_budget:
        raise PictureError(
            f"{path}: {across}x{down} is {across * down / 1e6:,.1f} Mpx, over the budget of {pixel_budget / 1e6:,.1f} Mpx; "
            "raise --pixel-budget if the picture is trusted"
        )
    return Picture(
        path=path,
        format=kind,
        width=across,
        height=down,
        stored_size=(image.width, image.height),
        bits=bits,
        alpha=image.bands > colors,
        colors=colors,
        orientation=orientation,
        has_profile=image.get_typeof("icc-profile-data") != 0,
        pages=image.get("n-pages") if image.get_typeof("n-pages") != 0 else 1,
        metadata=read_metadata(image, path),
    )


def open_image(path: Path, kind: str, *, shrink: int = 1) -> pyvips.Image:
    """Open a file of a known format for one pass from top to bottom; decoding stops at the first damage.

    Args:
        path: the file.
        kind: its format, as `identify` names it.
        shrink: 1, or for a JPEG 2, 4 or 8: decode it at this fraction of its size, sides rounded up, which is faster.

    Raises:
        PictureError: the header is damaged, or libvips has no decoder for the format.

    """
    loader = {"jpeg": "jpegload", "png": "pngload", "tiff": "tiffload", "webp": "webpload", "heif": "heifload"}[kind]
    if pyvips.type_find("VipsForeignLoad", loader) == 0:
        raise PictureError(f"{path}: this build of libvips cannot read {kind}; convert the picture to PNG or TIFF")
    options: dict[str, Any] = {"access": "sequential", "fail_on": "error", "revalidate": True}
    if shrink > 1:
        options["shrink"] = shrink
    try:
        return pyvips.Operation.call(loader, str(path), **options)
    except pyvips.Error as error:
        if kind == "png" and (absurd := _absurd_png_size(path)):
            raise PictureError(f"{path}: its header states {absurd} pixels, which no PNG file has; get it again") from None
        raise unreadable(path, error) from None


def _absurd_png_size(path: Path) -> str | None:
    """The size a PNG header states, if that is why libpng refuses it, for which it gives no reason."""
    with path.open("rb") as file:
        width, height = struct.unpack(">16xII", file.read(24).ljust(24, b"\0"))
    return f"{width}x{height}" if not (0 < width <= _LONGEST_SIDE and 0 < height <= _LONGEST_SIDE) else None


def _check_samples(path: Path, image: pyvips.Image) -> tuple[int, int]:
    """Bits per channel and number of color channels of an opened picture."""
    colors = _COLOR_BANDS.get(image.interpretation, 0)
    if image.format not in _BITS:
        raise PictureError(f"{path}: samples of type {image.format} are not read; save it with 8 or 16 bits per channel")
    if not colors or image.coding != "none" or image.bands not in (colors, colors + 1):
        raise PictureError(
            f"{path}: {image.bands} channels of {image.interpretation} are not read; save it as gray, RGB or CMYK"
        )
    return _BITS[image.format], colors


def _orientation(image: pyvips.Image) -> int:
    stored = image.get("orientation") if image.get_typeof("orientation") != 0 else 1
    return stored if stored in range(1, 9) else 1
