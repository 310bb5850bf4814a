"""`Workspace`: the folder of a study, in which every step has one of its own, at its digest.

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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from intaglio.images.atomic import remove_unfinished, replacing
from intaglio.vocabulary.errors import JournalError, ResourceError
from intaglio.vocabulary.spec import Spec

FORMAT = "intaglio-study/1"
_STUDY, _LOCK, _STEPS, _STEP, _RESULT = "study.json", "lock", "steps", "step.json", "result.json"
# Of a process whose machine was given up: it notices within seconds, if it runs at all.
_PATIENCE, _PAUSE = 120.0, 0.2


class Workspace:
    """A study's folder.

    Args:
        folder: new, or that of a study.

    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def step(self, digest: str) -> Path:
        """The folder of a step; it may not be there yet."""
        return self.folder / _STEPS / digest

    def result(self, digest: str) -> Mapping[str, Any] | None:
        """What a step gave; None while it is not done.

        Raises:
            JournalError: the file is damaged.

        """
        path = self.step(digest) / _RESULT
        try:
            found = json.loads(path.read_text())
        except FileNotFoundError:
            return None
        except (ValueError, OSError) as error:
            raise JournalError(f"{path} is damaged ({error}); delete {path.parent} to do this step again") from None
        assert isinstance(found, dict)
        return found

    def begin_step(self, spec: Spec) -> Path:
        """Make the folder of a step and describe it there; what a killed process left unfinished goes."""
        folder = self.step(spec.digest())
        remove_unfinished(folder)
        self._write(folder / _STEP, {"kind": type(spec).__name__, **spec.model_dump(mode="json")})
        return folder

    @contextmanager
    def claimed(self, spec: Spec) -> Iterator[None]:
        """Hold a step for this process; wait for one that holds it and may be about to end.

        Raises:
            ResourceError: it is held for minutes, or its folder cannot be written.

        """
        path, waited = self.step(spec.digest()) / _LOCK, 0.0
        self._make(path.parent)
        with _opened(path) as file:
            while not _taken(file):
                if waited > _PATIENCE:
                    raise ResourceError(f"{path.parent} is being worked on elsewhere; end that process, then run it again")
                time.sleep(_PAUSE)
                waited += _PAUSE
            yield

    def end_step(self, spec: Spec, result: Mapping[str, Any]) -> None:
        """Say what a step gave; from then on it is done."""
        self._write(self.step(spec.digest()) / _RESULT, result)

    def describe(self, study: Spec) -> None:
        """Say what is asked, or find that it is this.

        Raises:
            JournalError: the folder is that of another study, or of a newer format.

        """
        path, content = self.folder / _STUDY, study.model_dump(mode="json")
        if path.is_file():
            before = self.description()
            if type(study).parse(before, where=str(path)) != study:
                changed = ", ".join(name for name, value in content.items() if before.get(name) != value)
                raise JournalError(
                    f"{self.folder} is the folder of another study, {changed} differ; choose another folder, or give the same "
                    "settings to go on"
                )
            return
        self._write(path, {"format": FORMAT, "study": content})

    def description(self) -> dict[str, Any]:
        """What is asked in this folder.

        Raises:
            JournalError: it is no study's, damaged, or of a newer format.

        """
        path = self.folder / _STUDY
        try:
            found = json.loads(path.read_text())
        except FileNotFoundError:
            raise JournalError(f"{self.folder} is not the folder of a study: it has no {_STUDY}") from None
        except (ValueError, OSError) as error:
            raise JournalError(f"{path} is damaged ({error}); put it back, or start over in another folder") from None
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
        path = self.folder / _LOCK
        self._make(self.folder)
        # The system lets go of the lock with the process, however that ends; what stands in the file is for people.
        with path.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.seek(0)
                raise JournalError(
                    f"{self.folder} is being run by {file.read() or 'another process'}; wait for it, or run another folder"
                ) from None
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}")
            file.flush()
            try:
                yield
            finally:
                file.truncate(0)

    def _write(self, path: Path, content: Mapping[str, Any]) -> None:
        self._make(path.parent)
        try:
            with replacing(path, durable=True) as temporary:
                temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
        except OSError as error:
            raise ResourceError(f"{path} cannot be written: {error.strerror or error}; make room, then run it again") from None

    @staticmethod
    def _make(folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ResourceError(f"{folder} cannot be made: {error.strerror or error}; choose another folder") from None


def _opened(path: Path) -> IO[str]:
    try:
        return path.open("a")
    except OSError as error:
        raise ResourceError(f"{path} cannot be written: {error.strerror or error}; choose another folder") from None


def _taken(file: IO[str]) -> bool:
    """Lock a file, if nobody else has."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise ResourceError(f"{file.name} cannot be locked: {error.strerror}; choose a folder on storage with locks") from None
    return True
