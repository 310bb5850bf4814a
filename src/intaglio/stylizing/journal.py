"""The journal: what a run needs to go on after it was killed, replaced atomically.

A scratch folder holds the spills, the raw output and one `journal.safetensors`: its metadata say which run this is and how far
it came, its tensors are the statistics and the carried edges at that point. Rows written after the last entry are written
again, with the same bytes.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from intaglio.vocabulary.errors import JournalError

_NAME = "journal.safetensors"


@dataclass(frozen=True)
class Entry:
    """How far a run came."""

    step: int
    """The pass that was under way."""
    row: int
    """It had taken in all source rows before this one."""
    tile: tuple[int, int]
    """Height and width of its tiles."""
    tensors: dict[str, Tensor]
    """Statistics and carried edges."""


class Journal:
    """The record of one run in its scratch folder.

    Args:
        folder: the scratch folder.
        run: facts that must be the same when the run is resumed.

    """

    def __init__(self, folder: Path, run: dict[str, str]) -> None:
        self.path, self.run = folder / _NAME, run

    def write(self, entry: Entry) -> None:
        """Replace the entry."""
        place = json.dumps([entry.step, entry.row, *entry.tile])
        metadata = {"run": json.dumps(self.run, sort_keys=True), "place": place}
        content = save({name: tensor.contiguous() for name, tensor in entry.tensors.items()}, metadata)
        partial = self.path.with_suffix(".partial")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)

    def read(self) -> Entry | None:
        """The last entry; None where nothing was journaled yet.

        Raises:
            JournalError: the entry is damaged, or belongs to another run.

        """
        if not self.path.exists():
            return None
        try:
            with safe_open(self.path, framework="pt") as file:
                metadata = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            before: dict[str, str] = dict(json.loads(metadata["run"]))
            step, row, height, width = json.loads(metadata["place"])
        except (SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
            raise JournalError(f"cannot resume: {self.path} is damaged ({error}); run without --resume") from None
        changed = sorted(name for name in self.run.keys() | before.keys() if self.run.get(name) != before.get(name))
        if changed:
            raise JournalError(f"cannot resume: {', '.join(changed)} changed since the run began; run without --resume")
        return Entry(step, row, (height, width), tensors)
