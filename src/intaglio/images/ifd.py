"""The text tags of a TIFF directory, in TIFF and BigTIFF files and in EXIF blocks (which are small TIFF files).

libvips neither reads nor writes the artist and copyright of a TIFF file, and shows EXIF texts only with remarks mixed in.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_ASCII = 2
_MOST_ENTRIES = 4096
_LONGEST_TEXT = 65536


@dataclass(frozen=True)
class _Layout:
    """How the numbers of one file are laid out."""

    order: str
    big: bool

    @property
    def count(self) -> struct.Struct:
        """The number of entries."""
        return struct.Struct(self.order + ("Q" if self.big else "H"))

    @property
    def entry(self) -> struct.Struct:
        """Tag, type, number of values; the value or its offset."""
        return struct.Struct(self.order + ("HHQ8s" if self.big else "HHI4s"))

    @property
    def offset(self) -> struct.Struct:
        """A position in the file."""
        return struct.Struct(self.order + ("Q" if self.big else "I"))

    @property
    def pointer(self) -> int:
        """Where the position of the first directory stands."""
        return 8 if self.big else 4


def read_texts(file: BinaryIO, tags: Mapping[int, str]) -> dict[str, str]:
    """Texts of the wanted tags of the first directory, by the names given to them.

    Args:
        file: a TIFF or BigTIFF file, or the TIFF part of an EXIF block; seekable.
        tags: TIFF tag numbers to names.

    Returns:
        Only tags that are there and not blank; nothing at all from a damaged directory.

    """
    texts: dict[str, str] = {}
    try:
        layout, entries, _ = _read_directory(file)
        for tag, kind, length, value in (layout.entry.unpack(entry) for entry in entries):
            if tag in tags and kind == _ASCII and length <= _LONGEST_TEXT:
                raw = value[:length]
                if length > len(value):
                    file.seek(layout.offset.unpack(value)[0])
                    raw = file.read(length)
                if text := _decode(raw):
                    texts[tags[tag]] = text
    except (struct.error, ValueError, OverflowError):
        return {}
    return texts


def add_texts(path: Path, texts: Mapping[int, str]) -> None:
    """Add text tags to the first directory of a TIFF or BigTIFF file, replacing those of the same number.

    The directory is written anew at the end of the file; pixels and other directories stay where they are.
    """
    with path.open("r+b") as file:
        layout, entries, following = _read_directory(file)
        kept = [entry for entry in entries if layout.entry.unpack(entry)[0] not in texts]
        position = file.seek(0, 2)
        for tag, text in texts.items():
            raw = text.encode() + b"\0"
            value = raw
            if len(raw) > layout.offset.size:
                position = file.seek(position + position % 2)
                value = layout.offset.pack(position)
                position += file.write(raw)
            kept.append(layout.entry.pack(tag, _ASCII, len(raw), value))
        position = file.seek(position + -position % 8)
        kept.sort(key=lambda entry: int(layout.entry.unpack(entry)[0]))
        file.write(layout.count.pack(len(kept)) + b"".join(kept) + layout.offset.pack(following))
        file.seek(layout.pointer)
        file.write(layout.offset.pack(position))


def _read_directory(file: BinaryIO) -> tuple[_Layout, list[bytes], int]:
    """Layout, raw entries of the first directory, and the position of the one that follows (0: none)."""
    file.seek(0)
    head = file.read(4)
    layouts = {b"II*\0": ("<", False), b"MM\0*": (">", False), b"II+\0": ("<", True), b"MM\0+": (">", True)}
    if head not in layouts:
        raise ValueError("not a TIFF directory")
    layout = _Layout(*layouts[head])
    file.seek(layout.pointer)
    file.seek(layout.offset.unpack(file.read(layout.offset.size))[0])
    count = layout.count.unpack(file.read(layout.count.size))[0]
    if count > _MOST_ENTRIES:
        raise ValueError("a directory of absurd length")
    entries = [file.read(layout.entry.size) for _ in range(count)]
    return layout, entries, layout.offset.unpack(file.read(layout.offset.size))[0]


def _decode(raw: bytes) -> str:
    raw = raw.split(b"\0")[0]
    try:
        return raw.decode().strip()
    except UnicodeDecodeError:
        return raw.decode("latin-1").strip()
