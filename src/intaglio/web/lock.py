"""`held`: a folder that one server has to itself."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from intaglio.vocabulary.errors import InputError, ResourceError


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make a folder and hold it; the system lets it go however the process ends.

    Raises:
        InputError: another server holds it.
        ResourceError: it cannot be made or written to.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("w")
    except OSError as error:
        raise ResourceError(f"{folder}: cannot be used ({error.strerror}); choose another with --folder") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{folder}: another server works there; end it, or choose another with --folder") from None
        yield
