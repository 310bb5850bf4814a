"""`Checkpoints`: the states of a run, as safetensors; the last two are kept.

A checkpoint appears by a rename once it is safe on the disk, so a run killed while saving finds the one before. Nothing in it
is code. Its metadata say which step it stands at and the digest of what was being run.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from intaglio.images.atomic import replacing
from intaglio.vocabulary.errors import JournalError, ResourceError

_KEPT = 2
_SUFFIX = ".safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run after `step` steps."""

    step: int
    tensors: dict[str, Tensor]


class Checkpoints:
    """The checkpoints of one run in a folder of their own.

    Args:
        folder: is made on the first save.
        run: digest of what is being run; another run's checkpoints are refused.

    """

    def __init__(self, folder: Path, run: str) -> None:
        self.folder, self.run = folder, run

    def save(self, step: int, tensors: Mapping[str, Tensor]) -> None:
        """Write the state after `step` steps, then delete all but the last two.

        Raises:
            ResourceError: the disk is full or gives no right to write; the older checkpoints are as they were.

        """
        content = save(
            {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()},
            {"step": json.dumps(step), "run": self.run},
        )
        path = self.folder / f"step-{step:08d}{_SUFFIX}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with replacing(path, durable=True) as temporary:
                temporary.write_bytes(content)
            for old in self._paths()[:-_KEPT]:
                old.unlink()
        except OSError as error:
            raise ResourceError(
                f"cannot write the checkpoint {path}: {error.strerror or error}; make room and run the same command again, "
                "it goes on from the last one"
            ) from None

    def last(self) -> Checkpoint | None:
        """The newest readable checkpoint; None where there is none.

        Raises:
            JournalError: it belongs to another run, or none of those there can be read.

        """
        damaged: list[Path] = []
        for path in reversed(self._paths()):
            try:
                return self._read(path)
            except (SafetensorError, OSError, KeyError, ValueError):
                damaged.append(path)
        if damaged:
            raise JournalError(f"cannot resume: {damaged[0]} is damaged; delete {self.folder} to start over")
        return None

    def _read(self, path: Path) -> Checkpoint:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        if metadata["run"] != self.run:
            raise JournalError(f"cannot resume: {path} belongs to another run; delete {self.folder} to start over")
        return Checkpoint(json.loads(metadata["step"]), tensors)

    def _paths(self) -> list[Path]:
        """Oldest first; unfinished ones have hidden names."""
        return sorted(path for path in self.folder.glob(f"step-*{_SUFFIX}"))
