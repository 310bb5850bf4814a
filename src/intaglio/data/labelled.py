"""`LabelledPictures`: small pictures with the class that each shows, in memory, and their batches."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import torch
from torch import Tensor

from intaglio.data.sampling import index
from intaglio.vocabulary.errors import InputError, OptionError
from intaglio.vocabulary.seeds import derive_seed

PICTURES, LABELS = "pictures", "labels"


@dataclass(frozen=True, kw_only=True)
class LabelledPictures:
    """Pictures of one size.

    Raises:
        InputError: numbers that do not go together, or a label out of range.

    """

    pictures: Tensor
    """(N, 3, H, W), uint8, sRGB."""
    labels: Tensor
    """(N,), int64, from 0."""
    classes: tuple[str, ...]
    """Their names."""
    where: str = ""
    """What messages call it."""

    def __post_init__(self) -> None:
        if len(self.pictures) != len(self.labels) or not len(self.labels):
            raise InputError(f"{self.where}: {len(self.pictures):,} pictures and {len(self.labels):,} labels; one for each")
        wrong = ((self.labels < 0) | (self.labels >= len(self.classes))).nonzero()[:, 0]
        if len(wrong):
            first = int(wrong[0])
            raise InputError(
                f"{self.where}: the label of picture {first + 1:,} is {int(self.labels[first])}, and there are "
                f"{len(self.classes)} classes from 0; mend the labels"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of pictures, labels and names."""
        made = hashlib.sha256(repr((tuple(self.pictures.shape), self.classes)).encode())
        made.update(np.ascontiguousarray(self.pictures.numpy()).tobytes())
        made.update(self.labels.numpy().tobytes())
        return made.hexdigest()[:16]

    def first(self, count: int) -> Self:
        """The first so many of each class, in their order; all where there are fewer."""
        seen = [0] * len(self.classes)
        kept = []
        for place, label in enumerate(self.labels.tolist()):
            seen[label] += 1
            if seen[label] <= count:
                kept.append(place)
        return type(self)(pictures=self.pictures[kept], labels=self.labels[kept], classes=self.classes, where=self.where)


class LabelledBatches(Iterator[dict[str, Tensor]]):
    """Batches without end: `pictures` (N, 3, H, W) uint8 and `labels` (N,); each is a function of the seed and its step.

    Args:
        data: the pictures.
        batch_size: of a step, over all processes.
        seed: of the run.
        start: the first step.
        share: (rank, processes): this process takes the rank-th of so many equal parts of each batch.
        shift: pictures are moved by up to so many pixels each way, zeros coming in, as is usual for CIFAR.
        flip: mirror every other picture, at random.

    Raises:
        OptionError: a batch that is empty or does not divide by the processes, or a shift out of the picture.

    """

    def __init__(
        self,
        data: LabelledPictures,
        batch_size: int,
        seed: int,
        *,
        start: int = 0,
        share: tuple[int, int] = (0, 1),
        shift: int = 0,
        flip: bool = False,
    ) -> None:
        rank, processes = share
        if batch_size < 1 or batch_size % processes:
            raise OptionError(f"a batch of {batch_size} does not divide by {processes} processes; choose a multiple")
        if shift >= min(data.pictures.shape[2:]):
            raise OptionError(f"pictures of {min(data.pictures.shape[2:])} px cannot be moved by {shift}; move them by less")
        self.data, self.batch_size, self.next_step = data, batch_size, start
        self.positions = range(rank * batch_size // processes, (rank + 1) * batch_size // processes)
        self.shift, self.flip = shift, flip
        self.waited_seconds = 0.0
        self._order, self._changes = derive_seed(seed, PICTURES, "order"), derive_seed(seed, PICTURES, "changes")

    @property
    def broken(self) -> dict[Path, str]:
        """None: they are decoded already."""
        return {}

    def __next__(self) -> dict[str, Tensor]:
        """The batch of the next step."""
        places = torch.tensor(self._places(self.next_step))
        pictures = self.data.pictures[places]
        if self.shift or self.flip:
            pictures = torch.stack(
                [
                    self._changed(picture, self.next_step * self.batch_size + position)
                    for picture, position in zip(pictures, self.positions, strict=True)
                ]
            )
        self.next_step += 1
        return {PICTURES: pictures, LABELS: self.data.labels[places]}

    def names(self, step: int) -> dict[str, list[Path]]:
        """What messages call the pictures of a step: their numbers."""
        return {PICTURES: [Path(self.data.where) / f"{place + 1}" for place in self._places(step)]}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        return

    def _places(self, step: int) -> list[int]:
        return [index(step * self.batch_size + position, len(self.data), self._order) for position in self.positions]

    def _changed(self, picture: Tensor, position: int) -> Tensor:
        """Moved and mirrored as the position says."""
        drawn = derive_seed(self._changes, position)
        mirrored, drawn = self.flip and bool(drawn & 1), drawn >> 1
        steps = 2 * self.shift + 1
        down, right = drawn % steps - self.shift, drawn // steps % steps - self.shift
        height, width = picture.shape[1:]
        moved = torch.zeros_like(picture)
        top, left = max(0, down), max(0, right)
        rows, columns = height - abs(down), width - abs(right)
        moved[:, top : top + rows, left : left + columns] = picture[
            :, max(0, -down) : max(0, -down) + rows, max(0, -right) : max(0, -right) + columns
        ]
        return moved.flip(2) if mirrored else moved
