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

from intaglio.storage.depot import Depot
from intaglio.vocabulary.errors import IntaglioError, ResourceError

_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What has to be found, wherever work is done."""

    build: str
    """`build()` of the process that hands out work."""
    folder: Path | Depot
    """That all share."""
    probe: str
    """A file in it."""
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
            found = (self.folder / self.probe).read_bytes() if isinstance(self.folder, Path) else self.folder.read(self.probe)
        except IntaglioError as error:
            return str(error)
        except OSError as error:
            return f"it does not see {self.folder} ({error.strerror}); name a folder on storage that all nodes share"
        if found is None:
            return f"it does not see {self.folder} as it is here; name a folder on storage that all nodes share"
        if found != self.text.encode():
            return f"its {self.folder} is another folder; name one on storage that all nodes share"
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
def examining(folder: Path | Depot, reads: tuple[Path, ...], memory: int) -> Iterator[Examination]:
    """An examination for as long as work is handed out; its probe lies in the folder meanwhile.

    Raises:
        ResourceError: the folder cannot be written.

    """
    token = secrets.token_hex(8)
    probe = f".probe-{token}"
    if isinstance(folder, Path):
        _write(folder / probe, token)
    else:
        folder.write(probe, token.encode())
    try:
        yield Examination(build=build(), folder=folder, probe=probe, text=token, reads=reads, memory=memory)
    finally:
        with suppress(OSError):
            if isinstance(folder, Path):
                (folder / probe).unlink()
            else:
                folder.remove(probe)


def _write(probe: Path, token: str) -> None:
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        with probe.open("w") as file:
            file.write(token)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ResourceError(f"{probe.parent} cannot be written: {error.strerror or error}; choose another folder") from None


@functools.cache
def build() -> str:
    """What the bits of a result depend on: the package down to its sources, and torch."""
    sources = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        sources.update(f"{path.relative_to(_PACKAGE)}\0".encode() + path.read_bytes())
    return f"intaglio {version('intaglio')} (sources {sources.hexdigest()[:10]}, torch {version('torch')})"
