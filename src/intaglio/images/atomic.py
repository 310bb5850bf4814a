"""Files that appear whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path, *, durable: bool) -> Iterator[Path]:
    """A new, empty, hidden file in the folder of `path`; it becomes `path` when the block ends well, and goes when it does not.

    Args:
        path: what to write; an older file of this name stays untouched until the block has ended.
        durable: bring the content to the disk before the name, so that a crash of the machine leaves the old or the new file.

    Raises:
        OSError: the folder is missing or full, or gives no right to write.

    """
    # The suffix stays: savers choose by it.
    temporary = path.with_name(f".{secrets.token_hex(6)}.part{path.suffix}")
    # Made here, and not by tempfile, so that the user's umask decides who may read the file.
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield temporary
        if durable:
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def remove_unfinished(folder: Path) -> None:
    """Remove what processes that were killed left of `replacing`, in a folder that nobody else writes to, and below it."""
    for path in folder.rglob(".*.part*"):
        path.unlink(missing_ok=True)
