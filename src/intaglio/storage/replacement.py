"""Folders that appear whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from intaglio.vocabulary.errors import ResourceError


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make `folder` hold exactly `files`; what it held before is gone only once the new content is safe on the disk.

    Everything is written and synced in a hidden sibling, which is then renamed into place. Between the two renames of a
    replacement the old content lies beside, under a hidden name; it is never lost.

    Args:
        folder: need not exist; its parents are made.
        files: names and contents.

    Raises:
        ResourceError: no right to write, or the disk is full; `folder` is as it was.

    """
    folder = folder.resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as workshop:
            fresh, retired = Path(workshop, "new"), Path(workshop, "old")
            fresh.mkdir()
            for name, content in files.items():
                _write_synced(fresh / name, content)
            _sync(fresh)
            _exchange(fresh, folder, retired)
            _sync(folder.parent)
            shutil.rmtree(retired, ignore_errors=True)
    except OSError as error:
        raise ResourceError(f"cannot write {folder}: {error.strerror or error}; choose another place or make room") from None


def _exchange(fresh: Path, folder: Path, retired: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
        return
    folder.rename(retired)
    try:
        fresh.rename(folder)
    except OSError:
        retired.rename(folder)
        raise


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make renames inside `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
