"""`Spill`: features or intermediate pictures on disk between two passes, written and read by rows."""

import os
import weakref
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from intaglio.stylizing.rawfile import read_exactly, write_exactly


class Spill:
    """A raw file of (height, width, channels), float32 or bfloat16.

    Args:
        path: the file; made when it is not there.
        channels: C.
        height: rows.
        width: columns.
        dtype: of the values on disk.

    """

    def __init__(self, path: Path, channels: int, height: int, width: int, dtype: torch.dtype = torch.float32) -> None:
        self.path, self.channels, self.height, self.width, self.dtype = path, channels, height, width, dtype
        self._row_bytes = width * channels * dtype.itemsize
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        self._close = weakref.finalize(self, os.close, self._file)

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self.height * self._row_bytes

    def band(self, rows: int) -> Tensor:
        """Room for `rows` rows, (1, C, rows, width) in channels-last order."""
        return torch.empty((rows, self.width, self.channels), dtype=self.dtype).permute(2, 0, 1)[None]

    def read(self, start: int, stop: int) -> Tensor:
        """Rows [start, stop), (1, C, stop - start, width) in channels-last order."""
        raw = np.empty((stop - start) * self._row_bytes, np.uint8)
        read_exactly(self._file, raw, start * self._row_bytes)
        values = torch.from_numpy(raw).view(self.dtype).view(stop - start, self.width, self.channels)
        return values.permute(2, 0, 1)[None]

    def write(self, start: int, band: Tensor) -> None:
        """Rows from `start` on; `band` as `band()` gave it."""
        values = band[0].permute(1, 2, 0).contiguous().view(torch.uint8)
        write_exactly(self._file, values.numpy(), start * self._row_bytes)

    def flush(self) -> None:
        """To the disk."""
        os.fsync(self._file)

    def remove(self) -> None:
        """Close and delete."""
        self._close()
        self.path.unlink(missing_ok=True)
