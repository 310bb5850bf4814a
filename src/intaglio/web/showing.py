"""`Showing`: tiles of a result while it is rendered."""

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intaglio.images.deep_zoom import TILE, DeepZoom
from intaglio.stylizing.pixels import PixelSink, SpoolPixels

# Seconds between two showings of rows of tiles that are not complete.
_PAUSE = 0.8


class Showing:
    """Looks at a run as its `view`.

    Args:
        folder: for the tiles; those of an interrupted run stay.

    """

    def __init__(self, folder: Path) -> None:
        self.rows = 0
        """Rows that the tiles show."""
        self._folder = folder

    def view(self, raw: SpoolPixels) -> PixelSink:
        """A sink before the raw output."""
        return _Shown(raw, self, self._folder)


class _Shown:
    def __init__(self, raw: SpoolPixels, showing: Showing, folder: Path) -> None:
        self._raw, self._showing = raw, showing
        self._zoom = DeepZoom(folder, raw.width, raw.height)
        self._shown = 0.0

    def write(self, start: int, pixels: NDArray[np.float32]) -> None:
        """Pass rows on, then show them; after an interruption, all before them too."""
        self._raw.write(start, pixels)
        tile_rows(self._zoom, self._raw, start + len(pixels))
        complete = self._zoom.rows == self._raw.height
        if complete or time.monotonic() - self._shown > _PAUSE:
            self._zoom.show()
            self._showing.rows, self._shown = self._zoom.rows, time.monotonic()

    def flush(self) -> None:
        """Pass on."""
        self._raw.flush()


def tile_rows(zoom: DeepZoom, raw: SpoolPixels, stop: int) -> None:
    """Give a pyramid the rows of a raw file that it has not seen, up to `stop`, in bounded memory."""
    while zoom.rows < stop:
        zoom.add(raw.samples(zoom.rows, min(zoom.rows + TILE, stop)))
