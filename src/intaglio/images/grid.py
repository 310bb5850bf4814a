"""`save_grid`: tensors of pictures as one PNG."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyvips
from torch import Tensor

from intaglio.images.atomic import replacing
from intaglio.images.failures import unwritable

GAP = 4
_WHITE = 255


def save_grid(columns: Sequence[Tensor], out: Path) -> None:
    """Write pictures in rows on white: the n-th row holds the n-th picture of each column.

    Args:
        columns: each (N, 3, H, W) in [0, 1], clamped here; sizes may differ from column to column.
        out: a PNG file; it appears complete or not at all.

    Raises:
        ResourceError: it cannot be written.

    """
    rows = [np.concatenate([_framed(column[row]) for column in columns], axis=1) for row in range(len(columns[0]))]
    page = np.concatenate(rows, axis=0)
    try:
        with replacing(out, durable=False) as temporary:
            pyvips.Image.new_from_array(np.ascontiguousarray(page)).copy(interpretation="srgb").write_to_file(str(temporary))
    except (OSError, pyvips.Error) as error:
        raise unwritable(out, error) from None


def _framed(picture: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    pixels = picture.clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).numpy()
    return np.pad(pixels, ((GAP, GAP), (GAP, GAP), (0, 0)), constant_values=_WHITE)
