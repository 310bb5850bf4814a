"""The engine: statistics passes, then the render pass, over tiles of a picture of any size.

Exact: with float32 the output equals that of the whole picture at once to rounding, whatever the tiles. Bounded: one row of
tiles, the carried edges and the kernels' buffers are in memory, nothing else. Killable: a journal entry every few seconds and
at every pass lets a run go on where it was, to the same bytes.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from intaglio.stylizing.journal import Entry, Journal
from intaglio.stylizing.pixels import PixelSink
from intaglio.stylizing.plan import Plan
from intaglio.stylizing.scheme import Program
from intaglio.stylizing.spill import Spill
from intaglio.stylizing.tiles import Link, push_row

Report = Callable[[int, float], None]
"""Told the number of a step and the share of it that is done."""


@dataclass(frozen=True)
class Workspace:
    """Where a run keeps what it needs between its passes."""

    folder: Path
    journal: Journal | None = None
    """None for a run that need not be resumed."""


class Engine:
    """One run over one picture.

    Args:
        program: what the passes do.
        plan: passes and tiles.
        sink: flushed before every note in the journal.
        journal: of the run; None for one that need not be resumed.
        report: told the number of the pass, from 0, and its share that is done.

    """

    def __init__(self, program: Program, plan: Plan, sink: PixelSink, journal: Journal | None, report: Report) -> None:
        self.program, self.plan, self.sink, self.journal, self.report = program, plan, sink, journal, report
        self._journaled = time.monotonic()

    def run(self) -> None:
        """All passes, from where the journal says."""
        entry = self.journal.read() if self.journal else None
        first, row, tensors = (entry.step, entry.row, entry.tensors) if entry else (0, 0, {})
        for name, moments in self.program.moments().items():
            state = _within(tensors, f"moments.{name}.")
            if state:
                moments.restore(state)
        for step in range(first, len(self.plan.passes)):
            self._run_pass(step, row, tensors)
            row, tensors = 0, {}
        self.sink.flush()

    def _run_pass(self, step: int, row: int, tensors: dict[str, Tensor]) -> None:
        walk = self.program.walk(step)
        for index, link in enumerate(walk.chain):
            state = _within(tensors, f"stream.{index}.")
            if state:
                link.stream.restore(state)
        multiple = walk.multiple
        tile_height, tile_width = (max(1, size // walk.scale // multiple) * multiple for size in self.plan.tile)
        self.report(step, row / walk.height)
        while row < walk.height:
            stop = min(row + tile_height, walk.height)
            push_row(walk.chain, walk.read(row, stop), tile_width, self.plan.device)
            row = stop
            self.report(step, row / walk.height)
            if row < walk.height and time.monotonic() - self._journaled > self.plan.journal_seconds:
                self._write_journal(step, row, walk.chain, walk.outputs)
        # Before what was read goes away, also after the last pass: a run may be killed while the output is encoded.
        self._write_journal(step + 1, 0, [], walk.outputs)
        for spill in walk.finished:
            spill.remove()

    def _write_journal(self, step: int, row: int, chain: Sequence[Link], outputs: Sequence[Spill]) -> None:
        if self.journal is None:
            return
        for spill in outputs:
            spill.flush()
        self.sink.flush()
        tensors: dict[str, Tensor] = {}
        for name, moments in self.program.moments().items():
            tensors |= {f"moments.{name}.{part}": value for part, value in moments.state().items()}
        for index, link in enumerate(chain):
            tensors |= {f"stream.{index}.{part}": value for part, value in link.stream.state().items()}
        self.journal.write(Entry(step, row, self.plan.tile, tensors))
        self._journaled = time.monotonic()


def _within(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
