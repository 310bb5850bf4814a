"""`PictureFolder`: the pictures under some folders, by content and not by name."""

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from intaglio.images.signature import READABLE, identify
from intaglio.vocabulary.errors import PictureError
from intaglio.vocabulary.progress import Listener, Progress, ignore

# Files of these names were meant as pictures, so one that is none is named; others are only counted.
_PICTURE_SUFFIXES = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".heic", ".heif", ".avif", ".jxl", ".jp2"),
        *(".gif", ".bmp", ".ppm", ".pgm", ".psd", ".svg", ".exr", ".hdr", ".tga", ".ico"),
        *(".dng", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".cr2", ".cr3", ".pef", ".srw", ".erf", ".3fr", ".iiq"),
    )
)
_FILES_PER_REPORT = 500
_EFFECTIVE = os.access in os.supports_effective_ids


@dataclass(frozen=True)
class Skipped:
    """A file or folder that was left out, though it was meant to be read."""

    path: Path
    reason: str
    """What is wrong with it and what to do, without the path."""


@dataclass(frozen=True, kw_only=True)
class PictureFolder:
    """Pictures found under one or several folders, in an order that is the same on every machine; made by `scan`."""

    files: tuple[Path, ...]
    """The pictures: sorted by name within each folder, folders below in their place, the folders named in the order given."""
    names: tuple[str, ...]
    """Of each picture: its path below the folder that was named, with slashes."""
    sizes: tuple[int, ...]
    """Of each picture: bytes of the file."""
    skipped: tuple[Skipped, ...]
    """What looked like a picture, or could not be opened: of a refused format, empty, damaged at the front, without right."""
    ignored: int
    """How many other files there are: lists, notes, archives."""

    @classmethod
    def scan(cls, paths: Path | Sequence[Path], *, listener: Listener = ignore) -> Self:
        """Walk folders and the folders in them, and read the first bytes of every file.

        Hidden files and folders are passed over. Links are followed, and each folder is walked once, so links that lead in a
        circle end. A picture that is damaged further behind is found by whoever decodes it.

        Args:
            paths: one folder or several.
            listener: hears of the files read.

        Raises:
            PictureError: a folder is missing, is a file or must not be read, or there is no picture at all.

        """
        roots = [paths] if isinstance(paths, Path) else list(paths)
        if not roots:
            raise PictureError("no folder to look for pictures in; name at least one")
        skipped: list[Skipped] = []
        walked: set[tuple[int, int]] = set()
        found = [(root, path) for root in roots for path in _walk(_checked(root), walked, skipped)]
        pictures, ignored, began = [], 0, time.monotonic()
        for number, (root, path) in enumerate(found, start=1):
            reason = _refusal(path)
            if reason is None:
                pictures.append((path, path.relative_to(root).as_posix(), path.stat().st_size))
            elif path.suffix.lower() in _PICTURE_SUFFIXES or not os.access(path, os.R_OK, effective_ids=_EFFECTIVE):
                skipped.append(Skipped(path, reason))
            else:
                ignored += 1
            if number % _FILES_PER_REPORT == 0 or number == len(found):
                _report(listener, number, len(found), time.monotonic() - began)
        if not pictures:
            raise _nothing(roots, len(found), skipped)
        files, names, sizes = zip(*pictures, strict=True)
        return cls(files=files, names=names, sizes=sizes, skipped=tuple(skipped), ignored=ignored)

    def __len__(self) -> int:
        return len(self.files)

    def digest(self) -> str:
        """16 hex digits of the names and sizes of the pictures in their order; where the folders lie does not enter."""
        text = "\n".join(f"{size} {name}" for size, name in zip(self.sizes, self.names, strict=True))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _checked(root: Path) -> Path:
    try:
        os.scandir(root).close()
    except FileNotFoundError:
        raise PictureError(f"{root}: no such folder; check the name") from None
    except NotADirectoryError:
        raise PictureError(f"{root}: a file, not a folder; name the folder it lies in") from None
    except OSError as error:
        raise PictureError(f"{root}: cannot read this folder ({error.strerror}); change its permissions") from None
    return root


def _walk(root: Path, walked: set[tuple[int, int]], skipped: list[Skipped]) -> Iterator[Path]:
    """Files in and below a folder, from the first name to the last."""
    waiting = [root]
    while waiting:
        path = waiting.pop()
        # Not `is_dir` of the path, which raises where the folder above must not be searched.
        if not os.path.isdir(path):
            yield path
            continue
        state = path.stat()
        if (state.st_dev, state.st_ino) in walked:
            continue
        walked.add((state.st_dev, state.st_ino))
        try:
            names = os.listdir(path)
        except OSError as error:
            skipped.append(Skipped(path, f"cannot read this folder ({error.strerror}); change its permissions"))
            continue
        waiting += [path / name for name in sorted(names, reverse=True) if not name.startswith(".")]


def _refusal(path: Path) -> str | None:
    try:
        identify(path)
    except PictureError as error:
        return str(error).removeprefix(f"{path}: ")
    return None


def _report(listener: Listener, done: int, total: int, seconds: float) -> None:
    remaining = seconds * (total / done - 1)
    listener(Progress(task="scan", step=1, steps=1, done=done, total=total, unit="files", seconds=seconds, remaining=remaining))


def _nothing(roots: Sequence[Path], seen: int, skipped: Sequence[Skipped]) -> PictureError:
    where = ", ".join(str(root) for root in roots)
    example = f" (such as {skipped[0].path}: {skipped[0].reason})" if skipped else ""
    return PictureError(f"{where}: no picture among {seen} files{example}; name a folder of {READABLE} files")
