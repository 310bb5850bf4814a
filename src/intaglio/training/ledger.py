"""The ledger: results pair by pair in a file of lines, so that an interrupted evaluation goes on where it was.

The first line says what is judged and how, every further one holds a pair. A line that was cut short is left out and its pair
done again.
"""

import json
from pathlib import Path
from typing import Any

from intaglio.training.evaluation import PairResult, Protocol
from intaglio.vocabulary.errors import JournalError, ResourceError
from intaglio.vocabulary.spec import Spec

LEDGER = "pairs.jsonl"


class Heading(Spec):
    """The first line."""

    subject: str
    """Digest of the network that is judged."""
    protocol: Protocol


class Ledger:
    """The results so far, in a folder.

    Args:
        folder: made if it is missing.
        heading: of this evaluation.

    Raises:
        JournalError: the folder holds a ledger of another evaluation, or a damaged one.
        ResourceError: no right to write, or the disk is full; of `add` too.

    """

    def __init__(self, folder: Path, heading: Heading) -> None:
        self.path = folder / LEDGER
        self.results: dict[tuple[str, str], PairResult] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lines = self.path.read_bytes().splitlines(keepends=True) if self.path.exists() else []
            whole = [line for line in lines if line.endswith(b"\n")]
            if whole:
                self._read(whole, heading)
            if not whole or len(whole) < len(lines):
                self.path.write_bytes(b"".join(whole) or _line(heading))
        except OSError as error:
            raise self._unwritable(error) from None

    def add(self, result: PairResult) -> None:
        """Note a pair."""
        self.results[result.content, result.style] = result
        try:
            with self.path.open("ab") as file:
                file.write(_line(result))
        except OSError as error:
            raise self._unwritable(error) from None

    def _read(self, lines: list[bytes], heading: Heading) -> None:
        try:
            documents: list[Any] = [json.loads(line) for line in lines]
        except ValueError as error:
            raise JournalError(f"{self.path} is damaged ({error}); remove it, or write to another folder") from None
        before = Heading.parse(documents[0], where=str(self.path))
        changed = _differences(before, heading)
        if changed:
            raise JournalError(f"{self.path} is of another evaluation: {', '.join(changed)}; write to another folder")
        for document in documents[1:]:
            result = PairResult.parse(document, where=str(self.path))
            self.results[result.content, result.style] = result

    def _unwritable(self, error: OSError) -> ResourceError:
        return ResourceError(f"{self.path}: cannot be written ({error.strerror}); choose another folder or make room")


def _line(spec: Spec) -> bytes:
    return json.dumps(spec.model_dump(mode="json")).encode() + b"\n"


def _differences(before: Heading, now: Heading) -> list[str]:
    """What differs, each with its old and its new value."""
    old = {"model": before.subject, **before.protocol.model_dump(mode="json")}
    new = {"model": now.subject, **now.protocol.model_dump(mode="json")}
    return [f"{name} was {_shown(old[name])} and is {_shown(new[name])}" for name in old if old[name] != new[name]]


def _shown(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, list) else "not given" if value is None else str(value)
