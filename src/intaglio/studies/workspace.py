"""`Workspace`: the folder of a study, in which every step has one of its own, at its digest.

Others ask for files by name and say what they wrote, so that the folder may be at a URL: `Mirror`.

study.json            what is asked
sources.json          where its pictures are; networks/DIGEST are copies of what it starts from
lock                  who runs it
steps/DIGEST/         step.json, what is being made, and result.json once it is done, made.json saying when, where, by what
                      code, and lock, of whoever does it
"""

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from intaglio.images.atomic import remove_unfinished, replacing
from intaglio.storage.depot import Depot
from intaglio.vocabulary.errors import IntaglioError, JournalError, ResourceError, SpecError
from intaglio.vocabulary.spec import Spec

FORMAT = "intaglio-study/1"
NETWORKS, STEPS, RESULT, LOCK = "networks", "steps", "result.json", "lock"
_STUDY, _STEP = "study.json", "step.json"
# Of a process whose machine was given up: it notices within seconds, if it runs at all.
_PATIENCE, _PAUSE = 120.0, 0.2


class Workspace:
    """A study's folder.

    Args:
        folder: new, or that of a study.

    """

    _advice = "choose another folder"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __str__(self) -> str:
        return str(self.folder)

    @property
    def place(self) -> Path | Depot:
        """Where other processes and machines find the study."""
        return self.folder.resolve()

    def snapshot(self) -> "Workspace":
        """The study as it stands now, to be asked for many results."""
        return self

    def read(self, name: str) -> bytes | None:
        """What stands in a file of the study; None where there is none.

        Raises:
            OSError: it cannot be read.

        """
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def networks(self) -> list[str]:
        """The digests of the networks that it keeps, those that are whole."""
        folder = self.folder / NETWORKS
        return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []

    def share(self, name: str, last: str = "") -> None:
        """Have a file or a folder, which was just written below `folder`, be where others find it.

        Args:
            name: of the file or folder.
            last: the file of the folder that says that all is there.

        """

    def make(self) -> None:
        """Make the folder, where it is not there yet."""
        self._make(self.folder)

    def step(self, digest: str) -> Path:
        """The folder of a step; it may not be there yet."""
        return self._step(digest)

    def result(self, digest: str) -> Mapping[str, Any] | None:
        """What a step gave; None while it is not done.

        Raises:
            JournalError: the file is damaged.

        """
        name = f"{STEPS}/{digest}"
        try:
            content = self.read(f"{name}/{RESULT}")
            if content is None:
                return None
            found = json.loads(content)
        except IntaglioError:
            raise
        except (ValueError, OSError) as error:
            raise JournalError(
                f"{self}/{name}/{RESULT} is damaged ({error}); delete {self}/{name} to do this step again"
            ) from None
        assert isinstance(found, dict)
        return found

    def notes(self, digests: Iterable[str], name: str) -> dict[str, bytes]:
        """What stands in a small file of each of some steps; those that have none are left out."""
        paths = {digest: self._step(digest) / name for digest in digests}
        return {digest: path.read_bytes() for digest, path in paths.items() if path.is_file()}

    def begin_step(self, spec: Spec) -> Path:
        """Make the folder of a step and describe it there; what a killed process left unfinished goes."""
        folder = self._step(spec.digest())
        remove_unfinished(folder)
        self._write(folder / _STEP, {"kind": type(spec).__name__, **spec.model_dump(mode="json")})
        return folder

    @contextmanager
    def claimed(self, spec: Spec) -> Iterator[None]:
        """Hold a step for this process; wait for one that holds it and may be about to end.

        Raises:
            ResourceError: it is held for minutes, or its folder cannot be written.

        """
        path, waited = self._step(spec.digest()) / LOCK, 0.0
        self._make(path.parent)
        with self._opened(path) as file:
            while not _taken(file):
                if waited > _PATIENCE:
                    raise ResourceError(f"{path.parent} is being worked on elsewhere; end that process, then run it again")
                time.sleep(_PAUSE)
                waited += _PAUSE
            yield

    def end_step(self, spec: Spec, result: Mapping[str, Any]) -> None:
        """Say what a step gave; from then on it is done."""
        self._write(self._step(spec.digest()) / RESULT, result)

    def describe(self, study: Spec) -> None:
        """Say what is asked, or find that it is this.

        Raises:
            JournalError: the folder is that of another study, or of a newer format.

        """
        content = study.model_dump(mode="json")
        if self._has(_STUDY):
            before = self.description()
            if not _asks(before, study):
                changed = ", ".join(name for name, value in content.items() if before.get(name) != value)
                raise JournalError(
                    f"{self} is the folder of another study, {changed} differ; choose another folder, or give the same "
                    "settings to go on"
                )
            return
        self._write(self.folder / _STUDY, {"format": FORMAT, "study": content})
        self.share(_STUDY)

    def description(self) -> dict[str, Any]:
        """What is asked in this folder.

        Raises:
            JournalError: it is no study's, damaged, or of a newer format.

        """
        path = f"{self}/{_STUDY}"
        try:
            content = self.read(_STUDY)
            found = None if content is None else json.loads(content)
        except IntaglioError:
            raise
        except (ValueError, OSError) as error:
            raise JournalError(f"{path} is damaged ({error}); put it back, or start over in another folder") from None
        if content is None:
            raise JournalError(f"{self} is not the folder of a study: it has no {_STUDY}")
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            mark = found.get("format") if isinstance(found, dict) else None
            raise JournalError(f"{path} is of format {mark}, and this version reads {FORMAT}; take the version that wrote it")
        study: dict[str, Any] = found["study"]
        return study

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process.

        Raises:
            JournalError: another process holds it.

        """
        path = self.folder / LOCK
        self.make()
        # The system lets go of the lock with the process, however that ends; what stands in the file is for people.
        with path.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.seek(0)
                raise JournalError(
                    f"{self} is being run by {file.read() or 'another process'}; wait for it, or run another folder"
                ) from None
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}")
            file.flush()
            try:
                yield
            finally:
                file.truncate(0)

    def _step(self, digest: str) -> Path:
        return self.folder / STEPS / digest

    def _has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def _write(self, path: Path, content: Mapping[str, Any]) -> None:
        self._make(path.parent)
        try:
            with replacing(path, durable=True) as temporary:
                temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
        except OSError as error:
            raise ResourceError(f"{path} cannot be written: {error.strerror or error}; make room, then run it again") from None

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ResourceError(f"{folder} cannot be made: {error.strerror or error}; {self._advice}") from None

    def _opened(self, path: Path) -> IO[str]:
        try:
            return path.open("a")
        except OSError as error:
            raise ResourceError(f"{path} cannot be written: {error.strerror or error}; {self._advice}") from None


def _taken(file: IO[str]) -> bool:
    """Lock a file, if nobody else has."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise ResourceError(f"{file.name} cannot be locked: {error.strerror}; choose a folder on storage with locks") from None
    return True


def _asks(content: Any, study: Spec) -> bool:
    """Whether a description is that of a study; one of another kind does not fit its fields."""
    try:
        return type(study).parse(content, where=_STUDY) == study
    except SpecError:
        return False
