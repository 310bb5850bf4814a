"""Pictures at another size: Lanczos of three lobes, on the values as they are stored, the same for files and for arrays."""

import numpy as np
import pyvips
from numpy.typing import NDArray


def fitted(image: pyvips.Image, width: int, height: int) -> pyvips.Image:
    """A lazy image at the size asked for; itself if it has that size."""
    if (image.width, image.height) == (width, height):
        return image
    return image.resize(width / image.width, vscale=height / image.height, kernel="lanczos3")


def resized(pixels: NDArray[np.generic], width: int, height: int) -> NDArray[np.generic]:
    """An array (H, W, 3 or 4) of uint8, uint16 or float32 at (height, width), of the same type.

    Integers are clipped to their range; floats may overshoot beside edges, as the kernel has negative lobes.
    """
    image = pyvips.Image.new_from_array(np.ascontiguousarray(pixels))
    values: NDArray[np.generic] = fitted(image, width, height).numpy()
    return values
