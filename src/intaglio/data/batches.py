"""`Batches`: the loader of training, ahead of its consumer, and resumable at any step without saved state."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import torch
from torch import Tensor

from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.data.stream import PictureStream
from intaglio.vocabulary.errors import OptionError


class BatchSource(Protocol):
    """What a training loop takes its batches from."""

    waited_seconds: float
    """That the consumer has waited for pictures so far."""

    @property
    def broken(self) -> dict[Path, str]:
        """Pictures that could not be decoded so far, and why."""
        ...

    def names(self, step: int) -> dict[str, list[Path]]:
        """What the batch of a step is made of, for messages."""
        ...

    def __next__(self) -> dict[str, Tensor]:
        """The batch of the next step: pictures as uint8, other numbers as they are."""
        ...

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """End threads, if there are any."""
        ...


class Batches(Iterator[dict[str, Tensor]]):
    """Batches of examples from several streams of pictures, without end.

    The batch of step s is made of the examples at the positions from s * `batch_size` up to (s + 1) * `batch_size` of each
    stream, so it is a pure function of the files, the seed and s: not of `start`, the number of workers or that of processes.

    A picture that cannot be decoded is replaced by the next one of its epoch, and listed in `broken`.

    Pictures are decoded on threads, `prefetch` batches ahead; memory is bounded by `prefetch` + 2 batches. Use it as a context
    manager: leaving it ends the threads, after the pictures that are in work.

    Args:
        streams: for each name, the pictures and how they are cut.
        batch_size: examples of a stream in a step, over all processes.
        seed: of the run; each stream draws on its own from it.
        start: the first step.
        workers: threads that decode.
        prefetch: batches made ahead of the consumer.
        share: (rank, processes): this process takes the rank-th of so many equal, contiguous parts of each batch.

    Raises:
        OptionError: a number out of its range, or a batch that does not divide by the processes.

    """

    def __init__(
        self,
        streams: Mapping[str, tuple[PictureFolder, Crop]],
        batch_size: int,
        seed: int,
        *,
        start: int = 0,
        workers: int = 2,
        prefetch: int = 2,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        rank, processes = share
        _check(streams, batch_size, start, workers, prefetch)
        if not 0 <= rank < processes:
            raise OptionError(f"rank {rank} of {processes} processes; ranks go from 0 to one less than the processes")
        if batch_size % processes:
            raise OptionError(f"a batch of {batch_size} does not divide by {processes} processes; choose a multiple")
        self._streams = {name: PictureStream(name, folder, crop, seed) for name, (folder, crop) in streams.items()}
        self._batch_size = batch_size
        self._positions = range(rank * batch_size // processes, (rank + 1) * batch_size // processes)
        self._next_step = start
        self._ahead = prefetch
        self._pending: deque[_Pending] = deque()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="pictures")
        self.waited_seconds = 0.0
        """Seconds that the consumer has waited for pictures so far."""

    @property
    def broken(self) -> dict[Path, str]:
        """Pictures that could not be decoded so far, and why; others have stood in for them."""
        # Copies: the threads may find another one while this is read.
        found = [stream.broken.copy() for stream in self._streams.values()]
        return {path: reason for broken in found for path, reason in broken.items()}

    def names(self, step: int) -> dict[str, list[Path]]:
        """The files behind the batch of a step, in its order, of this process's share."""
        first = step * self._batch_size
        return {name: [stream.file(first + position) for position in self._positions] for name, stream in self._streams.items()}

    def __next__(self) -> dict[str, Tensor]:
        """The batch of the next step: for each stream uint8 (N, 3, H, W), channels last, sRGB.

        Raises:
            PictureError: more than half of the pictures of a stream turned out broken.

        """
        while len(self._pending) <= self._ahead:
            self._pending.append(
                _Pending(self._pool.submit, self._streams, self._next_step * self._batch_size, self._positions)
            )
            self._next_step += 1
        began = time.monotonic()
        try:
            return self._pending.popleft().result()
        finally:
            self.waited_seconds += time.monotonic() - began

    def close(self) -> None:
        """End the threads, after the pictures that are in work; the batches ahead are dropped."""
        self._pool.shutdown(cancel_futures=True)
        self._pending.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()


class _Pending:
    """A batch in the making: each worker writes its example to its place."""

    def __init__(
        self,
        submit: Callable[..., Future[None]],
        streams: Mapping[str, PictureStream],
        first: int,
        positions: range,
    ) -> None:
        self.tensors = {
            name: torch.empty((len(positions), stream.crop.size, stream.crop.size, 3), dtype=torch.uint8)
            for name, stream in streams.items()
        }
        self.futures = [
            submit(_fill, stream, first + position, self.tensors[name][place])
            for place, position in enumerate(positions)
            for name, stream in streams.items()
        ]

    def result(self) -> dict[str, Tensor]:
        for future in self.futures:
            future.result()
        return {name: pixels.permute(0, 3, 1, 2) for name, pixels in self.tensors.items()}


def _fill(stream: PictureStream, position: int, place: Tensor) -> None:
    place.numpy()[...] = stream.example(position)


def as_float(batch: Mapping[str, Tensor], device: torch.device, dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
    """Batches on a device, bytes as numbers in [0, 1]: they travel, and are divided there, in float32 at least."""
    exact = torch.promote_types(dtype, torch.float32)
    moved = {name: values.to(device, non_blocking=True) for name, values in batch.items()}
    return {
        name: values.to(exact).div_(255).to(dtype) if values.dtype == torch.uint8 else values for name, values in moved.items()
    }


def _check(streams: Mapping[str, tuple[PictureFolder, Crop]], batch_size: int, start: int, workers: int, prefetch: int) -> None:
    if not streams:
        raise OptionError("no stream of pictures; give at least one")
    for name, number, least in (
        ("batch_size", batch_size, 1),
        ("start", start, 0),
        ("workers", workers, 1),
        ("prefetch", prefetch, 1),
    ):
        if number < least:
            raise OptionError(f"{name} must be at least {least}, got {number}")
