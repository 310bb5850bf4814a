"""EXIF orientation, on strips of rows: where the rows of a stored picture belong in the upright one."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)


def upright(strip: NDArray[T], orientation: int) -> NDArray[T]:
    """A picture, or a strip of its rows, turned and mirrored as the EXIF orientation 1 to 8 says.

    Args:
        strip: (h, w, bands) as stored.
        orientation: what the stored first row and first column are when seen: 1 top and left, 2 top and right, 3 bottom and
            right, 4 bottom and left, 5 left and top, 6 right and top, 7 right and bottom, 8 left and bottom.

    Returns:
        (h, w, bands), or (w, h, bands) from 5 on; contiguous.

    """
    if orientation >= 5:
        strip = _transposed(strip)
    return np.ascontiguousarray(strip[:: _row_step(orientation), :: _column_step(orientation)])


def placed(first: int, rows: int, *, height: int, orientation: int) -> tuple[int, int]:
    """Upright row and column of the top left corner of a strip after `upright`.

    Args:
        first: first stored row of the strip.
        rows: number of rows of the strip.
        height: stored rows of the whole picture.
        orientation: 1 to 8.

    """
    if orientation >= 5:
        return 0, first if _column_step(orientation) == 1 else height - first - rows
    return first if _row_step(orientation) == 1 else height - first - rows, 0


def _row_step(orientation: int) -> int:
    return -1 if orientation in (3, 4, 7, 8) else 1


def _column_step(orientation: int) -> int:
    return -1 if orientation in (2, 3, 6, 7) else 1


def _transposed(strip: NDArray[T]) -> NDArray[T]:
    """Rows and columns exchanged, moving whole pixels: several times faster than numpy's own copy of three axes."""
    pixel = np.dtype((np.void, strip.shape[2] * strip.itemsize))
    whole = np.ascontiguousarray(strip).view(pixel)[..., 0]
    turned = np.ascontiguousarray(whole.T)
    return turned.view(strip.dtype).reshape(*turned.shape, strip.shape[2])
