"""The engine: statistics passes, then the render pass, over tiles of a picture of any size.

Exact: with float32 the output equals that of the whole picture at once to rounding, whatever the tiles. Bounded: one row of
tiles, the carried edges and the kernels' buffers are in memory, nothing else. Killable: a journal entry every few seconds and
at every pass lets a run go on where it was, to the same bytes.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from torch import Tensor

from intaglio.stylizing.journal import Entry, Journal
from intaglio.stylizing.known import Known
from intaglio.stylizing.pixels import PixelSink
from intaglio.stylizing.plan import Plan
from intaglio.stylizing.rows import TileRows
from intaglio.stylizing.scheme import Program
from intaglio.stylizing.spill import Spill
from intaglio.stylizing.tally import Tally

Report = Callable[[int, float], None]
"""Told the number of a step and the share of it that is done."""

_MOMENTS, _EDGES = "moments.", "stream."


class Hands(Protocol):
    """Others that do rows of tiles."""

    known: Known
    """What they need not read again."""

    def rows_of(
        self, step: int, rows: TileRows, first: int, moments: Mapping[str, Tensor]
    ) -> Iterator[tuple[int, Sequence[Mapping[str, Tensor]]]]:
        """Have the rows of tiles from `first` on done.

        Args:
            step: number of the pass.
            rows: of the pass.
            first: of them.
            moments: the statistics that are known.

        Yields:
            In order, how far it is: the row of what is read behind those that are done, and what each row of tiles that was
            added to them has gathered. What was written is safe then.

        """
        ...


@dataclass(frozen=True)
class Workspace:
    """Where a run keeps what it needs between its passes."""

    folder: Path
    journal: Journal | None = None
    """None for a run that need not be resumed."""
    hands: Hands | None = None
    """That do the rows of tiles; None to do them here."""


class Engine:
    """One run over one picture.

    Args:
        program: what the passes do.
        plan: passes and tiles.
        sink: flushed before every note in the journal.
        journal: of the run; None for one that need not be resumed.
        report: told the number of the pass, from 0, and its share that is done.
        hands: that do the rows of tiles; None to do them here.

    """

    def __init__(
        self,
        program: Program,
        plan: Plan,
        sink: PixelSink,
        journal: Journal | None,
        report: Report,
        hands: Hands | None = None,
    ) -> None:
        self.program, self.plan, self.sink, self.journal, self.report = program, plan, sink, journal, report
        self.hands, self._tally = hands, Tally(program.moments())
        self._journaled = time.monotonic()

    def run(self) -> None:
        """All passes, from where the journal says."""
        entry = self.journal.read() if self.journal else None
        first, row, tensors = (entry.step, entry.row, entry.tensors) if entry else (0, 0, {})
        self._tally.put_back(_within(tensors, _MOMENTS))
        for step in range(first, len(self.plan.passes)):
            self._run_pass(step, row, _within(tensors, _EDGES))
            row, tensors = 0, {}
        self.sink.flush()

    def _run_pass(self, step: int, row: int, edges: dict[str, Tensor]) -> None:
        self._tally.hand_over()
        walk = self.program.walk(step)
        rows = TileRows(walk, self.plan)
        self.report(step, row / walk.height)
        if row < walk.height:
            index = rows.starts.index(row)
            if self.hands is None:
                self._push(step, rows, index, edges)
            else:
                self._hand_out(step, rows, index, self.hands)
        # Before what was read goes away, also after the last pass: a run may be killed while the output is encoded.
        self._write_journal(step + 1, 0, {}, walk.outputs)
        for spill in walk.finished:
            spill.remove()

    def _push(self, step: int, rows: TileRows, first: int, edges: dict[str, Tensor]) -> None:
        """Do a pass here, from a row of tiles on."""
        walk = rows.walk
        rows.restore(edges, first)
        self._tally.empty()
        for index in range(first, len(rows.starts)):
            rows.push(index)
            self._tally.add(self._tally.row())
            stop = rows.stop(index)
            self.report(step, stop / walk.height)
            if stop < walk.height and self._due():
                self._write_journal(step, stop, rows.state(), walk.outputs)

    def _hand_out(self, step: int, rows: TileRows, first: int, hands: Hands) -> None:
        """Have others do a pass, from a row of tiles on."""
        walk = rows.walk
        for stop, gathered in hands.rows_of(step, rows, first, self._tally.state()):
            for one in gathered:
                self._tally.add(one)
            self.report(step, stop / walk.height)
            if stop < walk.height and self._due():
                self._write_journal(step, stop, {}, walk.outputs)

    def _due(self) -> bool:
        return time.monotonic() - self._journaled > self.plan.journal_seconds

    def _write_journal(self, step: int, row: int, edges: dict[str, Tensor], outputs: Sequence[Spill]) -> None:
        if self.journal is None:
            return
        for spill in outputs:
            spill.flush()
        self.sink.flush()
        tensors = {f"{_MOMENTS}{name}": value for name, value in self._tally.state().items()}
        tensors |= {f"{_EDGES}{name}": value for name, value in edges.items()}
        self.journal.write(Entry(step, row, self.plan.tile, tensors))
        self._journaled = time.monotonic()


def _within(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
