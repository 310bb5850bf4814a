"""Failures of libvips and of the operating system, turned into one line each."""

import errno
import logging
from pathlib import Path

import pyvips

from intaglio.vocabulary.errors import IntaglioError, PictureError, ResourceError

# libvips reports warnings of its loaders through this logger; without a handler Python would write them to stderr.
logging.getLogger("pyvips").addHandler(logging.NullHandler())

_FULL = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up", errno.EFBIG: "the file grows too large"}
_FULL_TEXTS = {"No space left": errno.ENOSPC, "quota exceeded": errno.EDQUOT, "File too large": errno.EFBIG}
_LONGEST = 160


def unreadable(path: Path, error: Exception) -> PictureError:
    """The error for a picture that a decoder gave up on."""
    return PictureError(f"{path}: damaged or cut short ({_detail(error)}); get the file again or re-save it")


def unwritable(path: Path, error: Exception) -> IntaglioError:
    """The error for an output that could not be written; names the folder and, where known, what is short."""
    if isinstance(error, IntaglioError):
        return error
    number = error.errno if isinstance(error, OSError) else _errno_in(str(error))
    if number in _FULL:
        return ResourceError(f"cannot write {path.name} in {path.parent}: {_FULL[number]}; free some space or write elsewhere")
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ResourceError(f"cannot write {path.name} in {path.parent}: no right to write there; choose another folder")
    return ResourceError(f"cannot write {path.name} in {path.parent}: {_detail(error)}; check the disk and the folder")


def _errno_in(message: str) -> int | None:
    return next((number for text, number in _FULL_TEXTS.items() if text in message), None)


def _detail(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    text = error.detail if isinstance(error, pyvips.Error) else str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # Lines before the last may be left over from earlier, successful calls.
    return lines[-1][:_LONGEST] if lines else "no reason given"
