"""`ingest`: a picture file to a raw spool file of upright sRGB rows.

libvips decodes from top to bottom on its own threads and hands over rows; they are written where they belong in the upright
picture, so a turned one needs neither a second pass nor a second file.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from intaglio.images.atomic import replacing
from intaglio.images.decode import open_srgb
from intaglio.images.failures import unreadable, unwritable
from intaglio.images.header import Picture
from intaglio.images.orientation import placed, upright
from intaglio.images.resize import fitted
from intaglio.vocabulary.errors import PictureError
from intaglio.vocabulary.progress import Listener, Progress, ignore

# Rows are collected to strips of about this size.
_STRIP_BYTES = 4_000_000
# Strips of a turned picture become columns, written in as many pieces as these are high: they need to be wide.
_TURNED_STRIP_BYTES = 40_000_000


def ingest(picture: Picture, spool: Path, *, listener: Listener = ignore) -> None:
    """Decode a picture into a raw file of `picture.spool_bytes` bytes.

    The file holds interleaved rows (H, W, bands) from the top, uint8 or little-endian uint16 by `picture.bits`, sRGB, upright,
    alpha unpremultiplied and last. Memory: below 200 MB, whatever the size, except for WebP, AVIF,
    HEIC, interlaced PNG and progressive JPEG, which their decoders hold whole.

    Args:
        picture: from `read_header`; with another `width` and `height` it is resized to them (Lanczos of three lobes).
        spool: the file to write; it appears only when it is complete.
        listener: hears of the megapixels done, from this thread or another; what it raises stops the work.

    Raises:
        PictureError: the file is damaged or cut short, or was changed since its header was read.
        ResourceError: the spool cannot be written; the message names its folder.

    """
    across, down = (picture.height, picture.width) if picture.orientation >= 5 else (picture.width, picture.height)
    image = fitted(open_srgb(picture), across, down)
    try:
        with replacing(spool, durable=False) as temporary, temporary.open("r+b", buffering=0) as file:
            rows = _Rows(picture, file.fileno(), listener)
            target = pyvips.TargetCustom()
            target.on_write(rows.take)
            try:
                image.rawsave_target(target)
                rows.finish()
            except pyvips.Error as error:
                raise rows.failure or unreadable(picture.path, error) from None
    except OSError as error:
        raise unwritable(spool, error) from None


class _Rows:
    """Takes bytes as libvips delivers them, and writes them as upright strips."""

    def __init__(self, picture: Picture, descriptor: int, listener: Listener) -> None:
        self.picture = picture
        self.descriptor = descriptor
        self.listener = listener
        self.failure: BaseException | None = None
        self.turned = picture.orientation >= 5
        self.stored_width, self.stored_height = (
            (picture.height, picture.width) if self.turned else (picture.width, picture.height)
        )
        self.pixel_bytes = picture.bands * (picture.bits // 8)
        self.row_bytes = self.stored_width * self.pixel_bytes
        self.strip_bytes = max(_TURNED_STRIP_BYTES if self.turned else _STRIP_BYTES, self.row_bytes)
        self.pending = bytearray()
        self.rows_done = 0
        self.began = time.monotonic()

    def take(self, chunk: bytes) -> int:
        """Called by libvips, which cannot carry an exception: it is kept, and the write refused."""
        if self.failure is not None:
            return -1
        try:
            self.pending += chunk
            if len(self.pending) >= self.strip_bytes:
                self._write(len(self.pending) // self.row_bytes)
        except BaseException as error:
            self.failure = error
            return -1
        return len(chunk)

    def finish(self) -> None:
        """Write what is left."""
        if self.failure is not None:
            raise self.failure
        self._write(len(self.pending) // self.row_bytes)
        if self.rows_done != self.stored_height:
            raise PictureError(f"{self.picture.path}: cut short after {self.rows_done} rows; get the file again")

    def _write(self, rows: int) -> None:
        if rows == 0:
            return
        size = rows * self.row_bytes
        taken, self.pending = self.pending, self.pending[size:]
        samples = np.frombuffer(taken, np.uint8 if self.picture.bits == 8 else np.uint16, size * 8 // self.picture.bits)
        strip = samples.reshape(rows, self.stored_width, self.picture.bands)
        if sys.byteorder == "big":
            strip = strip.byteswap()
        self._place(strip)
        self.rows_done += rows
        self._report()

    def _place(self, strip: NDArray[Any]) -> None:
        row, column = placed(self.rows_done, len(strip), height=self.stored_height, orientation=self.picture.orientation)
        strip = upright(strip, self.picture.orientation)
        stride = self.picture.width * self.pixel_bytes
        start = row * stride + column * self.pixel_bytes
        if not self.turned:
            _write_all(self.descriptor, strip.data.cast("B"), start)
            return
        for index, piece in enumerate(strip):
            _write_all(self.descriptor, piece.data.cast("B"), start + index * stride)

    def _report(self) -> None:
        done, total = self.rows_done * self.stored_width / 1e6, self.picture.pixels / 1e6
        seconds = time.monotonic() - self.began
        self.listener(
            Progress(
                task="read", step=1, steps=1, done=done, total=total, seconds=seconds, remaining=seconds * (total / done - 1)
            )
        )


def _write_all(descriptor: int, content: memoryview, offset: int) -> None:
    while content:
        written = os.pwrite(descriptor, content, offset)
        content, offset = content[written:], offset + written
