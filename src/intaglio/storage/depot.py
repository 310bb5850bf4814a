"""`Depot`: a folder on storage that is reached by a URL of fsspec, such as s3://bucket/tickets.

Files are put whole, got and listed; nothing else is asked of the storage: no locks, no writes into the middle of files, no
renaming. What belongs together is put with the file last that says that all is there.
"""

import functools
import hashlib
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from intaglio.images.atomic import replacing
from intaglio.vocabulary.errors import IntaglioError, OptionError, ResourceError

T = TypeVar("T")
_MARK = "://"
# Requests that are under way at once: each waits for the network most of the time.
_REQUESTS = 16
_LONGEST = 200


def is_url(place: str) -> bool:
    """Whether a place is a URL, and not a path."""
    return _MARK in place


@dataclass(frozen=True)
class Depot:
    """A folder at a URL; small enough to be sent to another process.

    All methods raise OptionError where the URL is none that can be opened here, and ResourceError where the storage does not
    answer or gives no right. Names of files are relative, with slashes.
    """

    url: str

    @classmethod
    def at(cls, url: str) -> "Depot":
        """The folder at a URL, which need not exist; nothing is asked of the storage yet.

        Raises:
            OptionError: the URL is none of a folder, its protocol is not known, or a package is missing.

        """
        url = url.rstrip("/")
        _opened(url)
        return cls(url)

    def __str__(self) -> str:
        return self.url

    @property
    def copy(self) -> Path:
        """The folder of this user on this machine for a copy of what lies here; it can be deleted while nobody works."""
        return Path.home() / ".cache" / "intaglio" / "studies" / hashlib.sha256(self.url.encode()).hexdigest()[:16]

    def names(self, folder: str = "") -> list[str]:
        """All files in a folder and below it, in one listing; none where there is no such folder."""
        storage, root = _opened(self.url)
        top = f"{root}/{folder}".rstrip("/")
        with self._telling("listed", folder):
            storage.invalidate_cache()
            try:
                found = storage.find(top)
            except FileNotFoundError:
                found = []
        below = (path[len(root) + 1 :] for path in found if path.startswith(f"{top}/"))
        return sorted(name for name in below if not _hidden(name))

    def read(self, name: str) -> bytes | None:
        """What stands in a file; None where there is none."""
        storage, root = _opened(self.url)
        with self._telling("read", name):
            try:
                content = storage.cat_file(f"{root}/{name}")
            except FileNotFoundError:
                return None
        assert isinstance(content, bytes)
        return content

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """What stands in small files, read side by side; those that are not there are left out."""
        asked = list(names)
        found = _side_by_side(self.read, asked)
        return {name: content for name, content in zip(asked, found, strict=True) if content is not None}

    def write(self, name: str, content: bytes | Path) -> None:
        """Put a file, which appears whole or not at all; one of the same name is replaced.

        Args:
            name: of the file.
            content: of it, or a file here that is sent as it is.

        """
        storage, root = _opened(self.url)
        with self._telling("written", name):
            try:
                _send(storage, content, f"{root}/{name}")
            except FileNotFoundError:
                # Storage with folders of its own; the first part of a path may be a bucket, and those are not ours to make.
                if not storage.exists("/".join(root.split("/")[: 1 + root.startswith("/")])):
                    raise
                storage.makedirs(f"{root}/{name}".rpartition("/")[0], exist_ok=True)
                _send(storage, content, f"{root}/{name}")

    def remove(self, name: str) -> None:
        """Remove a file."""
        storage, root = _opened(self.url)
        with self._telling("removed", name), suppress(FileNotFoundError):
            storage.rm_file(f"{root}/{name}")

    def put(self, folder: Path, name: str = "", *, last: str = "", without: Collection[str] = ()) -> None:
        """Put all files of a folder here, hidden ones left out.

        Args:
            folder: here.
            name: of the folder there.
            last: the file that says that all is there.
            without: files that are left out.

        """
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        files = {str(path.relative_to(folder)): path for path in found}
        files = {one: path for one, path in files.items() if not _hidden(one) and one not in without}
        end = files.pop(last, None)
        _side_by_side(lambda one: self.write(f"{name}/{one}".lstrip("/"), files[one]), files)
        if end is not None:
            self.write(f"{name}/{last}".lstrip("/"), end)

    def get(self, name: str, folder: Path, last: str) -> bool:
        """Fetch a folder, if the file is in it that says that all is there; that one comes last.

        Args:
            name: of the folder there.
            folder: here; it is made, and files of the same names are replaced.
            last: the file that is put and fetched last.

        Returns:
            Whether it is there.

        Raises:
            ResourceError: it changed meanwhile, or cannot be written here.

        """
        names = [one.removeprefix(f"{name}/") for one in self.names(name)]
        if last not in names:
            return False
        names.remove(last)
        _side_by_side(lambda one: self._fetch(f"{name}/{one}", folder / one), names)
        self._fetch(f"{name}/{last}", folder / last)
        return True

    def _fetch(self, name: str, path: Path) -> None:
        storage, root = _opened(self.url)
        if ".." in name.split("/"):
            raise ResourceError(f"{self.url}/{name} would lie outside of its folder; remove it")
        with self._telling("fetched", name):
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path, durable=True) as temporary:
                storage.get_file(f"{root}/{name}", str(temporary))

    @contextmanager
    def _telling(self, what: str, name: str) -> Iterator[None]:
        """One line for whatever goes wrong: each kind of storage has errors of its own."""
        try:
            yield
        except IntaglioError:
            raise
        except Exception as error:
            place = f"{self.url}/{name}".rstrip("/")
            raise ResourceError(
                f"{place} cannot be {what} ({_line(error)}); see to the address, the rights and the network, then run it again"
            ) from None


@contextmanager
def delivered(place: str, last: str) -> Iterator[Path]:
    """A folder to write into: the place itself where that is a path, and one whose files are put at the URL afterwards.

    Args:
        place: path or URL.
        last: the file that is put last.

    """
    if not is_url(place):
        yield Path(place)
        return
    depot = Depot.at(place)
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
        depot.put(Path(folder), last=last)


@functools.cache
def _opened(url: str) -> tuple[Any, str]:
    """The storage of a URL, and the path of the folder there."""
    protocol = url.partition(_MARK)[0]
    try:
        storage, root = url_to_fs(url)
    except ImportError as error:
        package = _missing(error)
        raise OptionError(
            f"{url} needs the package {package}, which is not installed; install it with `pip install {package}`"
        ) from None
    except Exception as error:
        raise OptionError(
            f"{url} cannot be opened ({_line(error)}); give a path, or a URL of storage that fsspec knows, such as "
            "s3://bucket/folder"
        ) from None
    if not root.strip("/") or (isinstance(storage, LocalFileSystem) and not url.startswith(f"{protocol}:///")):
        raise OptionError(f"{url} names no folder; give one, such as s3://bucket/folder or file:///folder")
    return storage, root.rstrip("/")


def _side_by_side(function: Callable[[str], T], names: Iterable[str]) -> list[T]:
    with ThreadPoolExecutor(_REQUESTS) as pool:
        try:
            return list(pool.map(function, names))
        except BaseException:
            # Where one does not get through, thousands would not either.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _missing(error: ImportError) -> str:
    """The package that storage needs."""
    cause = error.__cause__
    name = cause.name if isinstance(cause, ImportError) else error.name
    return (name or str(error)).partition(".")[0]


def _send(storage: Any, content: bytes | Path, path: str) -> None:
    if isinstance(storage, LocalFileSystem):
        # Stores of objects show a file when it is whole; folders that are reached by a URL do so too.
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with replacing(Path(path), durable=True) as temporary:
            temporary.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
    elif isinstance(content, bytes):
        storage.pipe_file(path, content)
    else:
        storage.put_file(str(content), path)


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _line(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (" ".join(text.split()) or type(error).__name__)[:_LONGEST]
