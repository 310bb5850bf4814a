"""A picture enlarged by reflection to the size a network takes, and cut to its own size again."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from intaglio.stylizing.pixels import PixelSink, PixelSource


def reflected(position: int, length: int) -> int:
    """Index into [0, length) of a position beyond it, by reflection without repeating the edge, as often as it takes."""
    if length == 1:
        return 0
    position %= 2 * (length - 1)
    return min(position, 2 * (length - 1) - position)


class PaddedPicture:
    """A source enlarged by reflection at the right and the bottom to what the network takes.

    Args:
        source: the picture.
        height: rows wanted, at least the source's.
        width: columns wanted, at least the source's.

    """

    def __init__(self, source: PixelSource, height: int, width: int) -> None:
        self.source, self.height, self.width = source, height, width
        self._columns = np.array([reflected(column, source.width) for column in range(source.width, width)], dtype=np.intp)

    def tensor(self, start: int, stop: int) -> Tensor:
        """Rows [start, stop) as (1, 3, stop - start, width), alpha left out."""
        real = min(stop, self.source.height)
        pieces = [self.source.rows(start, real)[:, :, :3]] if start < real else []
        for row in range(max(start, real), stop):
            mirrored = reflected(row, self.source.height)
            pieces.append(self.source.rows(mirrored, mirrored + 1)[:, :, :3])
        rows = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        if len(self._columns):
            rows = np.concatenate([rows, rows[:, self._columns]], axis=1)
        return torch.from_numpy(np.ascontiguousarray(rows)).permute(2, 0, 1)[None]


def cropping(sink: PixelSink, height: int, width: int) -> Callable[[int, Tensor], None]:
    """What writes rows of the enlarged picture, (1, 3, rows, columns), from a row on: those of the picture, to a sink."""

    def write(top: int, band: Tensor) -> None:
        rows = min(height - top, band.shape[2])
        if rows > 0:
            sink.write(top, band[0].permute(1, 2, 0)[:rows, :width].numpy())

    return write
