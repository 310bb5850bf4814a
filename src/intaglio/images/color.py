"""Luminance and chroma, to transfer brightness alone and keep the colors of the content.

Gatys et al., Preserving Color in Neural Artistic Style Transfer, 2016, section 2.2: the style works on the luminance in YIQ,
and the chroma channels I and Q of the content are put back.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", np.float32, np.float64)

YIQ_FROM_RGB = np.array(
    [
        [0.299, 0.587, 0.114],
        [0.595716, -0.274453, -0.321263],
        [0.211456, -0.522591, 0.311135],
    ]
)
"""Rows Y, I, Q; columns R, G, B (NTSC 1953)."""

RGB_FROM_YIQ = np.linalg.inv(YIQ_FROM_RGB)
"""The inverse, not the rounded one of the standard, so that going and coming back loses nothing."""


def to_yiq(rgb: NDArray[T]) -> NDArray[T]:
    """Luminance and chroma of colors.

    Args:
        rgb: (..., 3), float32 or float64, in [0, 1].

    Returns:
        (..., 3) of the same type: Y in [0, 1], I in [-0.596, 0.596], Q in [-0.523, 0.523].

    """
    return rgb @ YIQ_FROM_RGB.T.astype(rgb.dtype)


def to_rgb(yiq: NDArray[T]) -> NDArray[T]:
    """Colors of luminance and chroma; not clipped, since Y of one picture and I, Q of another may leave [0, 1].

    Args:
        yiq: (..., 3), float32 or float64.

    Returns:
        (..., 3) of the same type.

    """
    return yiq @ RGB_FROM_YIQ.T.astype(yiq.dtype)
