"""`Mirror`: the workspace of a study at a URL, with a copy of what is needed of it in this user's cache.

What the URL has is true, the copy saves fetching it. A step is done in the copy and put when it is complete, its result last,
so that a step that has a result has all. Stores of objects have no locks: two machines may do one step at a time and put the
same bytes. A step that was half done goes on in the copy that it was begun in, and starts over elsewhere.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from intaglio.storage.depot import Depot, is_url
from intaglio.storage.manifest import MANIFEST
from intaglio.studies.workspace import LOCK, NETWORKS, RESULT, STEPS, Workspace
from intaglio.vocabulary.spec import Spec

# What a step gave that is not put yet; hidden, so that it is not put itself.
_ENDED = ".ended.json"


class Mirror(Workspace):
    """A study at a URL.

    Args:
        depot: the folder there, new, or that of a study.

    """

    _advice = "a study at a URL has a copy in the home of its user; see to the rights there"

    def __init__(self, depot: Depot) -> None:
        super().__init__(depot.copy)
        self._depot = depot
        # What was read: a result never changes. In a snapshot, what is not among them is not there.
        self._results: dict[str, bytes] = {}
        self._complete = False
        # Steps whose folder here is as it has to be, or is being worked in.
        self._here: set[str] = set()

    def __str__(self) -> str:
        return str(self._depot)

    @property
    def place(self) -> Depot:
        """Where other processes and machines find the study."""
        return self._depot

    def snapshot(self) -> "Mirror":
        """The study as it stands now: one listing, and the results that it has, side by side."""
        made = Mirror(self._depot)
        names = {name for name in self._depot.names(STEPS) if name.count("/") == 2 and name.endswith(f"/{RESULT}")}
        known = {name: self._results[digest] for name in names if (digest := name.split("/")[1]) in self._results}
        found = known | self._depot.read_all(names - known.keys())
        made._results = {name.split("/")[1]: content for name, content in found.items()}
        made._complete = True
        return made

    def read(self, name: str) -> bytes | None:
        """What stands in a file of the study; None where there is none."""
        folder, _, rest = name.partition("/")
        digest, _, file = rest.partition("/")
        if (folder, file) != (STEPS, RESULT):
            return self._depot.read(name)
        if digest not in self._results and not self._complete:
            content = self._depot.read(name)
            if content is not None:
                self._results[digest] = content
        return self._results.get(digest)

    def networks(self) -> list[str]:
        """The digests of the networks that it keeps, those that are whole."""
        return [name.split("/")[1] for name in self._depot.names(NETWORKS) if name.endswith(f"/{MANIFEST}")]

    def share(self, name: str, last: str = "") -> None:
        """Put what was just written."""
        path = self.folder / name
        if path.is_dir():
            self._depot.put(path, name, last=last)
        else:
            self._depot.write(name, path)

    def step(self, digest: str) -> Path:
        """The folder of a step here, fetched if it is done; it may not be there yet."""
        folder, name = self._step(digest), f"{STEPS}/{digest}"
        if digest not in self._here:
            content = self.read(f"{name}/{RESULT}")
            # Somebody may have deleted the step there, and have had it done again.
            if content is not None and (_content(folder / RESULT) == content or self._depot.get(name, folder, RESULT)):
                self._here.add(digest)
        return folder

    def notes(self, digests: Iterable[str], name: str) -> dict[str, bytes]:
        """What stands in a small file of each of some steps, read side by side."""
        names = {f"{STEPS}/{digest}/{name}": digest for digest in digests}
        return {names[one]: content for one, content in self._depot.read_all(names).items()}

    def begin_step(self, spec: Spec) -> Path:
        """Make the folder of a step and describe it there; what it holds of one that is not there any more goes."""
        digest = spec.digest()
        if (self._step(digest) / RESULT).exists():
            _empty(self._step(digest))
        self._here.add(digest)
        return super().begin_step(spec)

    @contextmanager
    def claimed(self, spec: Spec) -> Iterator[None]:
        """Hold a step for this process; if it has ended here and could not be put, it is put first."""
        with super().claimed(spec):
            if (self._step(spec.digest()) / _ENDED).is_file():
                self._hand_over(spec.digest())
            yield

    def end_step(self, spec: Spec, result: Mapping[str, Any]) -> None:
        """Put what the step made, and then what it gave, unless another machine has; from then on it is done."""
        # What took hours is not lost when the line is cut.
        self._write(self._step(spec.digest()) / _ENDED, result)
        self._hand_over(spec.digest())

    def _hand_over(self, digest: str) -> None:
        folder, name = self._step(digest), f"{STEPS}/{digest}"
        content = (folder / _ENDED).read_bytes()
        there = self._depot.read(f"{name}/{RESULT}")
        if there is None:
            self._depot.put(folder, name, without=(LOCK, RESULT))
            self._depot.write(f"{name}/{RESULT}", content)
        self._results[digest] = there or content
        # Last, so that what has a result here has one there.
        (folder / _ENDED).replace(folder / RESULT)

    def _has(self, name: str) -> bool:
        return self._depot.read(name) is not None


def workspace_at(place: str | Path | Depot) -> Workspace:
    """The workspace of a study.

    Args:
        place: a path, or a URL of fsspec.

    Raises:
        OptionError: the URL is none that can be opened.

    """
    if isinstance(place, Depot):
        return Mirror(place)
    return Mirror(Depot.at(place)) if isinstance(place, str) and is_url(place) else Workspace(Path(place))


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _empty(folder: Path) -> None:
    """Remove what a folder holds, but the lock of whoever works there."""
    for path in folder.iterdir():
        if path.name == LOCK:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
