"""`read_rgb`: a picture of modest size as an array, for style pictures and training sets."""

import numpy as np
import pyvips
from numpy.typing import NDArray

from intaglio.images.decode import open_srgb
from intaglio.images.failures import unreadable
from intaglio.images.header import Picture
from intaglio.images.orientation import upright
from intaglio.vocabulary.errors import OptionError, PictureError

_LARGEST = {8: 255, 16: 65535}


def read_rgb(picture: Picture, *, scale: float = 1.0, pixel_budget: int = 100_000_000) -> NDArray[np.float32]:
    """Decode a whole picture into memory, resized.

    Transparent pixels are laid on white, which is what a viewer shows around a cut-out; their hidden colors would otherwise
    count as style.

    Args:
        picture: from `read_header`.
        scale: factor of both sides; a side never falls below one pixel. Lanczos of three lobes, computed on sRGB values in
            floating point.
        pixel_budget: most pixels before and after resizing; one pixel takes 12 bytes.

    Returns:
        (H, W, 3), float32, sRGB in [0, 1], upright, contiguous.

    Raises:
        OptionError: the scale is not above zero.
        PictureError: damaged, or over the budget.

    """
    if not 0 < scale < float("inf"):
        raise OptionError(f"scale must be above zero, not {scale}")
    width, height = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    pixels = max(picture.pixels, width * height)
    if pixels > pixel_budget:
        raise PictureError(
            f"{picture.path}: {pixels / 1e6:,.1f} Mpx are over the {pixel_budget / 1e6:,.1f} Mpx that are read into memory; "
            "give a smaller picture or a smaller scale"
        )
    largest = _LARGEST[picture.bits]
    try:
        image = open_srgb(picture)
        if picture.alpha:
            image = image.flatten(background=[largest] * 3, max_alpha=largest)
        image = image.cast("float") / largest
        if (width, height) != (picture.width, picture.height):
            across, down = (height, width) if picture.orientation >= 5 else (width, height)
            image = image.resize(across / image.width, vscale=down / image.height, kernel="lanczos3")
        values: NDArray[np.float32] = image.numpy()
    except pyvips.Error as error:
        raise unreadable(picture.path, error) from None
    return np.clip(upright(values, picture.orientation), 0.0, 1.0)
