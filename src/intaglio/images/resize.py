"""Pictures at another size: made smaller by Lanczos of three lobes, larger by bicubic interpolation, on the values as they are
stored, the same for files and for arrays.
"""

import numpy as np
import pyvips
from numpy.typing import NDArray


def fitted(image: pyvips.Image, width: int, height: int) -> pyvips.Image:
    """A lazy image at the size asked for; itself if it has that size."""
    if (image.width, image.height) == (width, height):
        return image
    smaller = image.resize(min(1.0, width / image.width), vscale=min(1.0, height / image.height), kernel="lanczos3")
    if (smaller.width, smaller.height) == (width, height):
        return smaller
    # libvips' own enlargement leaves the first pixel where it is, and so moves the picture by up to half a pixel.
    across, down = width / smaller.width, height / smaller.height
    return smaller.affine(
        [across, 0, 0, down],
        interpolate=pyvips.Interpolate.new("bicubic"),
        odx=(across - 1) / 2,
        ody=(down - 1) / 2,
        oarea=[0, 0, width, height],
        extend="copy",
    )


def resized(pixels: NDArray[np.generic], width: int, height: int) -> NDArray[np.generic]:
    """An array (H, W, 3 or 4) of uint8, uint16 or float32 at (height, width), of the same type.

    Integers are clipped to their range; floats may overshoot beside edges, as the kernel has negative lobes.
    """
    image = pyvips.Image.new_from_array(np.ascontiguousarray(pixels))
    values: NDArray[np.generic] = fitted(image, width, height).numpy()
    return values
