"""Uploads that are not what they say, and what is to be said of them."""

import io
import struct
import zlib

from PIL import Image


def jpeg(width: int, height: int) -> bytes:
    """A gray picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "gray").save(buffer, "JPEG")
    return buffer.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of some bytes that would be gigapixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100_000)) + chunk(b"IEND", b"")


FILES = {
    "gif before a jpeg": (b"GIF89a" + jpeg(20, 20), "GIF is not read"),
    "pdf before a jpeg": (b"%PDF-1.7\n" + jpeg(20, 20), "PDF is not read"),
    "zip before a jpeg": (b"PK\x03\x04" + jpeg(20, 20), "zip archive is not read"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>", "SVG is not read"),
    "html": (b"<!doctype html><script>alert(1)</script>", "not a picture"),
    "bare jpeg": (b"\xff\xd8\xff", "damaged"),
    "empty png": (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "which no PNG file has"),
    "webp": (b"RIFF\xff\xff\xff\xffWEBP" + b"\0" * 40, "damaged"),
    "tiff": (b"II*\0\xff\xff\xff\xff", "damaged"),
    "avif": (b"\0\0\0\x1cftypavif" + b"\0" * 40, ""),
    "too large": (jpeg(1100, 1000), "over the budget"),
    "bomb": (bomb(100_000, 100_000), "over the budget"),
}
"""Bytes and a part of the line, by name; budgets are those of `conftest.py`."""
