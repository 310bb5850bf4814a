"""`Examination`: what a machine of a cluster has to have before it gets work, looked at by a process there."""

import functools
import hashlib
import os
import platform
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from intaglio.vocabulary.errors import ResourceError

_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What has to be found, wherever work is done."""

    build: str
    """`build()` of the process that hands out work."""
    probe: Path
    """A file in the folder that all share."""
    text: str
    """That stands in it."""
    reads: tuple[Path, ...] = ()
    """Files and folders that have to be there."""
    memory: int = 0
    """Bytes that a worker may take."""

    def failings(self) -> str:
        """What is wrong in this process; nothing where all is right."""
        if build() != self.build:
            return f"it has {build()}, and this process {self.build}; install the same on all nodes"
        try:
            text = self.probe.read_text()
        except OSError as error:
            return f"it does not see {self.probe.parent} ({error.strerror}); name a folder on storage that all nodes share"
        if text != self.text:
            return f"its {self.probe.parent} is another folder; name one on storage that all nodes share"
        if missing := next((path for path in self.reads if not path.exists()), None):
            return f"it does not see {missing}; put it on storage that all nodes share"
        total = psutil.virtual_memory().total
        if total < self.memory:
            return f"it has {total:,} bytes of memory, less than the {self.memory:,} of --memory; give less, or leave it out"
        return ""

    def require(self) -> None:
        """Refuse to work here where something is wrong.

        Raises:
            ResourceError: naming the node and what it is.

        """
        if wrong := self.failings():
            raise ResourceError(f"node {platform.node()}: {wrong}")


@contextmanager
def examining(folder: Path, reads: tuple[Path, ...], memory: int) -> Iterator[Examination]:
    """An examination for as long as work is handed out; its probe lies in the folder meanwhile.

    Raises:
        ResourceError: the folder cannot be written.

    """
    token = secrets.token_hex(8)
    probe = folder / f".probe-{token}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with probe.open("w") as file:
            file.write(token)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ResourceError(f"{folder} cannot be written: {error.strerror or error}; choose another folder") from None
    try:
        yield Examination(build=build(), probe=probe, text=token, reads=reads, memory=memory)
    finally:
        with suppress(OSError):
            probe.unlink()


@functools.cache
def build() -> str:
    """What the bits of a result depend on: the package down to its sources, and torch."""
    sources = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        sources.update(f"{path.relative_to(_PACKAGE)}\0".encode() + path.read_bytes())
    return f"intaglio {version('intaglio')} (sources {sources.hexdigest()[:10]}, torch {version('torch')})"
