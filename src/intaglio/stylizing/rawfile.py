"""Whole reads and writes at offsets of a file, without mapping it: mapped pages would count as resident memory."""

import os

import numpy as np
from numpy.typing import NDArray


def read_exactly(file: int, into: NDArray[np.uint8], offset: int) -> None:
    """Fill `into` from a file descriptor.

    Raises:
        EOFError: the file ends before.

    """
    view = memoryview(into.data)
    while view:
        count = os.preadv(file, [view], offset)
        if count == 0:
            raise EOFError(f"scratch file ends {len(view)} bytes too early")
        view, offset = view[count:], offset + count


def write_exactly(file: int, samples: NDArray[np.generic], offset: int) -> None:
    """Write all of an array at an offset of a file descriptor."""
    view = memoryview(np.ascontiguousarray(samples).reshape(-1).view(np.uint8).data)
    while view:
        count = os.pwrite(file, view, offset)
        view, offset = view[count:], offset + count
