"""`DeepZoom`: a picture as tiles of many sizes, written from top to bottom while the picture is still being made.

The layout is Microsoft's Deep Zoom: folder `L/X_Y.jpg`, tiles of 256 pixels without overlap; the highest level has the
picture's size, each one below half of it, rounded up, down to a single pixel. A row of tiles is written when all its
pixels are known. What is known of the row below it lies in `L/X_Y.webp`, transparent where nothing is known yet; only
the highest level, whose rows come soon, has none.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from intaglio.images.atomic import replacing
from intaglio.images.failures import unwritable

TILE = 256
_QUALITY = 88
_LEVELS_16_PER_8 = 257


class DeepZoom:
    """The tiles of one picture.

    Memory: two rows of tiles at most, as wide as the picture.

    Args:
        folder: for the levels; tiles that are there already are taken to be right, so that an interrupted picture goes on.
        width: of the picture.
        height: of the picture.

    """

    def __init__(self, folder: Path, width: int, height: int) -> None:
        self.height = height
        self._levels: list[_Level] = []
        for level in reversed(range(top_level(width, height) + 1)):
            self._levels.append(_Level(folder / str(level), width, height))
            width, height = -(-width // 2), -(-height // 2)

    @property
    def rows(self) -> int:
        """Rows of the picture that were added."""
        return self._levels[0].rows

    def add(self, samples: NDArray[Any]) -> None:
        """Take the next rows, (rows, width, 3 or 4) of 8 or 16 bits; transparency is laid on white.

        Raises:
            ResourceError: a tile cannot be written.

        """
        self._add(0, _opaque(samples))

    def show(self) -> None:
        """Write what is known of rows of tiles that are not complete.

        Raises:
            ResourceError: a tile cannot be written.

        """
        known = self._levels[0].pending()
        for level in self._levels[1:]:
            known = np.concatenate([level.pending(), _halved(known[: len(known) // 2 * 2])])
            level.show(known)

    def _add(self, depth: int, pixels: NDArray[np.uint8]) -> None:
        for row_of_tiles in self._levels[depth].add(pixels):
            if depth + 1 < len(self._levels):
                self._add(depth + 1, _halved(row_of_tiles))


def top_level(width: int, height: int) -> int:
    """Number of the level that has the picture's size."""
    return (max(width, height) - 1).bit_length()


class _Level:
    """One size of the picture.

    Args:
        folder: of its tiles.
        width: at this size.
        height: at this size.

    """

    def __init__(self, folder: Path, width: int, height: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.width, self.height = folder, width, height
        self.rows = 0
        self._band = np.empty((min(TILE, height), width, 3), np.uint8)

    def add(self, pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
        """The rows of tiles that these rows complete; each is written."""
        complete = []
        while len(pixels):
            filled = self.rows % TILE
            taken = pixels[: TILE - filled]
            self._band[filled : filled + len(taken)] = taken
            self.rows, pixels = self.rows + len(taken), pixels[len(taken) :]
            if self.rows % TILE == 0 or self.rows == self.height:
                band = self._band[: filled + len(taken)]
                self._write(band, (self.rows - 1) // TILE)
                complete.append(band.copy())
        return complete

    def pending(self) -> NDArray[np.uint8]:
        """Rows that no complete tile shows; a view."""
        return self._band[: 0 if self.rows == self.height else self.rows % TILE]

    def show(self, known: NDArray[np.uint8]) -> None:
        """Write the row of tiles that is under way, as far as it is known, and transparent below."""
        if not len(known):
            return
        row = self.rows // TILE
        pixels = np.zeros((min(TILE, self.height - row * TILE), self.width, 4), np.uint8)
        pixels[: len(known), :, :3], pixels[: len(known), :, 3] = known, 255
        for column, left in enumerate(range(0, self.width, TILE)):
            _save(pixels[:, left : left + TILE], self.folder / f"{column}_{row}.webp", effort=0)

    def _write(self, band: NDArray[np.uint8], row: int) -> None:
        for column, left in enumerate(range(0, self.width, TILE)):
            path = self.folder / f"{column}_{row}.jpg"
            if not path.exists():
                _save(band[:, left : left + TILE], path)
            path.with_suffix(".webp").unlink(missing_ok=True)


def _save(pixels: NDArray[np.uint8], path: Path, **options: int) -> None:
    image = pyvips.Image.new_from_array(np.ascontiguousarray(pixels), interpretation="srgb")
    try:
        with replacing(path, durable=False) as temporary:
            image.write_to_file(str(temporary), Q=_QUALITY, **options)
    except (OSError, pyvips.Error) as error:
        raise unwritable(path, error) from None


def _opaque(samples: NDArray[Any]) -> NDArray[np.uint8]:
    """(rows, width, 3) of 8 bits."""
    if samples.dtype != np.uint8:
        samples = ((samples.astype(np.uint32) + _LEVELS_16_PER_8 // 2) // _LEVELS_16_PER_8).astype(np.uint8)
    if samples.shape[2] == 4:
        alpha = samples[:, :, 3:].astype(np.uint16)
        samples = ((samples[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return samples


def _halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means of 2x2 pixels; an odd last row or column stands for two."""
    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        pixels = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    sums = pixels[0::2, 0::2].astype(np.uint16)
    sums += pixels[1::2, 0::2]
    sums += pixels[0::2, 1::2]
    sums += pixels[1::2, 1::2]
    return ((sums + 2) >> 2).astype(np.uint8)
