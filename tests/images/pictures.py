"""Pictures that the tests make for themselves, written by other libraries than the one under test."""

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from intaglio.images.header import read_header
from intaglio.images.ingest import ingest

UNPRIVILEGED = 65534


def noise(height: int, width: int, bands: int, *, bits: int = 8, seed: int = 0) -> NDArray[np.generic]:
    generator = np.random.default_rng(seed)
    shape = (height, width) if bands == 1 else (height, width, bands)
    return generator.integers(0, 2**bits, shape, dtype=np.uint8 if bits == 8 else np.uint16)


def smooth(height: int, width: int) -> NDArray[np.uint8]:
    """A picture that JPEG hardly changes."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    planes = (255 * x / max(1, width - 1), 255 * y / max(1, height - 1), 128 + 0 * x)
    return np.stack(planes, -1).round().astype(np.uint8)


def save(path: Path, pixels: NDArray[np.generic], **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


def ingested(path: Path) -> NDArray[np.generic]:
    """What `ingest` makes of a file, as an array (H, W, bands)."""
    picture = read_header(path)
    spool = path.with_name(path.name + ".spool")
    ingest(picture, spool)
    pixels = np.fromfile(spool, "<u2" if picture.bits == 16 else np.uint8)
    return pixels.reshape(picture.height, picture.width, picture.bands)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, rows: bytes, *, bits: int = 8, color: int = 2) -> bytes:
    """A PNG file by hand; `rows` holds a filter byte before each row."""
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@contextmanager
def stranger() -> Iterator[None]:
    """A user without rights on files that are closed to others, since root is refused nothing."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(UNPRIVILEGED)
    try:
        yield
    finally:
        os.seteuid(0)
