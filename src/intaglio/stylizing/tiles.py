"""Rows of tiles through a chain of streams, with what is recorded on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from intaglio.runtime.stream import Stream

Tap = Callable[[Tensor, int, int], Tensor]
"""Sees a piece with the row and column of its corner; gives what goes on."""


@dataclass
class Link:
    """A stream, and what looks at its output."""

    stream: Stream
    taps: list[Tap] = field(default_factory=list)
    bands: "list[Band]" = field(default_factory=list)
    enlarges: int = 1
    """How much its taps enlarge what they are given."""

    def record(self, band: "Band") -> None:
        """Gather what comes out behind the taps so far."""
        self.bands.append(band)
        self.taps.append(band.add)


class Band:
    """One row of tiles of an output, gathered in memory and written as whole rows.

    Args:
        channels: of the output.
        width: columns of what is written.
        write: takes the first row and (1, channels, rows, width).
        stride: write every so many-th row and column of the output only, from the first on.
        first: the first of the channels that are written, where the output has more.

    """

    def __init__(
        self, channels: int, width: int, write: Callable[[int, Tensor], None], stride: int = 1, first: int = 0
    ) -> None:
        self.channels, self.width, self.stride, self.first, self._write = channels, width, stride, first, write
        self._band: Tensor | None = None
        self._top = 0

    def begin(self, top: int, rows: int) -> None:
        """Rows [top, top + rows) of the output come next."""
        self._top = -(-top // self.stride)
        count = -(-(top + rows) // self.stride) - self._top
        self._band = torch.empty((count, self.width, self.channels)).permute(2, 0, 1)[None] if count else None

    def add(self, piece: Tensor, top: int, left: int) -> Tensor:
        """Take a piece; a tap."""
        if self._band is not None:
            chosen = strided(piece[:, self.first : self.first + self.channels], top, left, self.stride)
            column = -(-left // self.stride)
            self._band[:, :, :, column : column + chosen.shape[3]].copy_(chosen)
        return piece

    def end(self) -> None:
        """Write the rows."""
        if self._band is not None:
            self._write(self._top, self._band)
            self._band = None


def strided(piece: Tensor, top: int, left: int, stride: int) -> Tensor:
    """The rows and columns of a piece, whose corner is at (top, left), that multiples of the stride fall on."""
    return piece if stride == 1 else piece[:, :, -top % stride :: stride, -left % stride :: stride]


def push_row(chain: Sequence[Link], band: Tensor, tile_width: int, device: torch.device, *, record: bool = True) -> None:
    """Run one row of tiles, (1, C, rows, width) on the CPU, through a chain on `device`; record what comes out, or nothing."""
    rows = band.shape[2]
    for link in chain:
        rows = link.stream.begin_rows(rows)
        for output in link.bands if record else ():
            output.begin(link.stream.position[0], rows)
        rows *= link.enlarges
    for left in range(0, band.shape[3], tile_width):
        piece: Tensor | None = band[:, :, :, left : left + tile_width].to(device, non_blocking=True)
        for link in chain:
            piece = link.stream.push(piece)
            if piece is None:
                break
            for tap in link.taps:
                piece = tap(piece, *link.stream.position)
    for link in chain:
        link.stream.end_rows()
        for output in link.bands:
            output.end()
