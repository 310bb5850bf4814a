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


class Band:
    """One row of tiles of an output, gathered in memory and written as whole rows."""

    def __init__(self, channels: int, width: int, write: Callable[[int, Tensor], None]) -> None:
        self.channels, self.width, self._write = channels, width, write
        self._band: Tensor | None = None
        self._top = 0

    def begin(self, rows: int) -> None:
        """Room for `rows` rows."""
        self._band = torch.empty((rows, self.width, self.channels)).permute(2, 0, 1)[None] if rows else None

    def add(self, piece: Tensor, top: int, left: int) -> Tensor:
        """Take a piece; a tap."""
        assert self._band is not None
        self._band[:, :, :, left : left + piece.shape[3]].copy_(piece)
        self._top = top
        return piece

    def end(self) -> None:
        """Write the rows."""
        if self._band is not None:
            self._write(self._top, self._band)
            self._band = None


def push_row(chain: Sequence[Link], band: Tensor, tile_width: int, device: torch.device) -> None:
    """Run one row of tiles, (1, C, rows, width) on the CPU, through a chain on `device`."""
    rows = band.shape[2]
    for link in chain:
        rows = link.stream.begin_rows(rows)
        for output in link.bands:
            output.begin(rows)
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
