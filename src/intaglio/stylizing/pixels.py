"""Where pixels come from and go to: rows of raw files or of arrays, in bounded memory."""

import os
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from intaglio.stylizing.rawfile import read_exactly, write_exactly


class PixelSource(Protocol):
    """A picture that gives any of its rows."""

    height: int
    width: int
    bands: int
    """3, or 4 with alpha."""

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """Rows [start, stop) as (stop - start, width, bands), in [0, 1] as far as the picture is."""
        ...


class PixelSink(Protocol):
    """What a stylized picture is written to."""

    def write(self, start: int, pixels: NDArray[np.float32]) -> None:
        """Rows from `start` on, (n, width, bands), not clamped."""
        ...

    def flush(self) -> None:
        """Everything written so far is safe against a crash of this process and of the machine."""
        ...


class ArrayPixels:
    """A picture in memory; source and sink.

    Args:
        array: (H, W, 3 or 4), float32 with values as they are, or uint8 or uint16 whose largest level is 1.

    """

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        self.height, self.width, self.bands = array.shape

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """Rows as float32; a view where they are."""
        rows = self.array[start:stop]
        return rows if rows.dtype == np.float32 else _values(rows)

    def write(self, start: int, pixels: NDArray[np.float32]) -> None:
        """Copy rows in; to integers clamped and rounded."""
        rows = pixels if self.array.dtype == np.float32 else _levels(pixels, self.array.dtype)
        self.array[start : start + len(pixels)] = rows

    def flush(self) -> None:
        """Nothing to do: memory does not outlive the process."""


class SpoolPixels:
    """A picture in a raw file of interleaved uint8 or uint16 rows; source and sink.

    Args:
        path: the file; made when it is not there.
        height: rows.
        width: columns.
        bands: samples per pixel.
        bits: 8 or 16 per sample.

    """

    def __init__(self, path: Path, height: int, width: int, bands: int, bits: int) -> None:
        self.path, self.height, self.width, self.bands = path, height, width, bands
        self.dtype = np.dtype(np.uint8 if bits == 8 else "<u2")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """Rows as float32 in [0, 1]."""
        return _values(self.samples(start, stop))

    def samples(self, start: int, stop: int) -> NDArray[Any]:
        """Rows as they lie in the file."""
        stride = self.width * self.bands * self.dtype.itemsize
        raw = np.empty((stop - start) * stride, np.uint8)
        read_exactly(self._file, raw, start * stride)
        return raw.view(self.dtype).reshape(stop - start, self.width, self.bands)

    def write(self, start: int, pixels: NDArray[np.float32]) -> None:
        """Clamp to [0, 1], round to the nearest level and write."""
        samples = _levels(pixels, self.dtype)
        write_exactly(self._file, samples, start * self.width * self.bands * self.dtype.itemsize)

    def flush(self) -> None:
        """To the disk."""
        os.fsync(self._file)

    def close(self) -> None:
        """Give the file back; it stays on the disk."""
        os.close(self._file)


def _values(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Levels of an integer type as float32 in [0, 1]."""
    values: NDArray[np.float32] = np.multiply(samples, np.float32(1 / np.iinfo(samples.dtype).max), dtype=np.float32)
    return values


def _levels(pixels: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Clamped to [0, 1] and rounded to the nearest level of an integer type."""
    top = float(np.iinfo(dtype).max)
    return torch.from_numpy(pixels).mul(top).round_().clamp_(0, top).numpy().astype(dtype)
