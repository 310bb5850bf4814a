"""What a file is, by its first bytes, before any decoder sees it.

Only the formats named here ever reach a decoder, and only the decoder of that format: the name of a file is not trusted.
"""

import stat
from pathlib import Path

from intaglio.vocabulary.errors import PictureError

READABLE = "JPEG, PNG, TIFF, WebP, HEIC or AVIF"

_ACCEPTED = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
)
_HEIF_BRANDS = frozenset({b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_REFUSED = (
    (b"GIF8", "GIF"),
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"BM", "BMP"),
    (b"8BPS", "Photoshop"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"v/1\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"SIMPLE  =", "FITS"),
    (b"gimp xcf", "GIMP"),
    (b"\xd7\xcd\xc6\x9a", "Windows metafile"),
    (b"\0\0\x01\0", "icon"),
    (b"PK\x03\x04", "zip archive"),
    *((b"P" + digit, "PPM") for digit in (b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"F")),
)
# Camera raws are TIFF files whose first page is a thumbnail; reading that one in silence would be wrong.
_RAW_SUFFIXES = frozenset({".dng", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".cr2", ".pef", ".srw", ".erf", ".3fr", ".iiq"})
_HEAD = 1024


def identify(path: Path) -> str:
    """Name of the format of a file: "jpeg", "png", "tiff", "webp" or "heif" (HEIC and AVIF).

    Raises:
        PictureError: missing, a folder, unreadable, empty, not a picture, or of a format that is refused by name.

    """
    head = _read_head(path)
    if not head:
        raise PictureError(f"{path}: the file is empty (0 bytes); get it again")
    accepted = _accepted_format(head)
    if accepted == "tiff" and path.suffix.lower() in _RAW_SUFFIXES:
        raise PictureError(f"{path}: camera raw ({path.suffix}) is not read; develop it to TIFF or JPEG first")
    if accepted is not None:
        return accepted
    refused = _refused_format(head)
    if refused is not None:
        raise PictureError(f"{path}: {refused} is not read; convert it to {READABLE}")
    raise PictureError(f"{path}: not a picture this program knows; give a {READABLE} file")


def _accepted_format(head: bytes) -> str | None:
    for magic, name in _ACCEPTED:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "heif"
    return None


def _refused_format(head: bytes) -> str | None:
    for magic, name in _REFUSED:
        if head.startswith(magic):
            return name
    return "SVG" if b"<svg" in head.lower() else None


def _read_head(path: Path) -> bytes:
    try:
        str(path).encode()
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise PictureError(f"{path}: a folder, not a picture; name a file")
        if not stat.S_ISREG(mode):
            raise PictureError(f"{path}: not a regular file; copy the picture to a file first")
        with path.open("rb") as file:
            return file.read(_HEAD)
    except (FileNotFoundError, NotADirectoryError):
        raise PictureError(f"{path}: no such file; check the name") from None
    except PermissionError:
        raise PictureError(f"{path}: no right to read it; change its permissions or those of its folder") from None
    except UnicodeError:
        raise PictureError(f"{str(path)!a}: the name is not valid UTF-8; rename the file") from None
    except OSError as error:
        raise PictureError(f"{path}: cannot be opened ({error.strerror}); check the disk and the name") from None
