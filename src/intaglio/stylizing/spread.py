"""`SpreadJob`: one picture, whose rows of tiles an engine's workers do.

Each pass is cut into groups of rows of tiles. A worker begins some rows before its own, to have the edges that a walk from the
top would carry, and writes its rows where they belong; statistics come back for each row of tiles and are added up in the order
of the rows. So the bytes are those of one process, whoever does what. The journal is that of any run: either kind goes on
where the other was.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from intaglio.engines.engine import Crew, Demand, Engine
from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.engine import Report, Workspace
from intaglio.stylizing.job import StyleJob
from intaglio.stylizing.known import Known
from intaglio.stylizing.order import Order, Part, do_part, do_picture
from intaglio.stylizing.picture_job import View
from intaglio.stylizing.pixels import PixelSink, PixelSource
from intaglio.stylizing.rows import TileRows
from intaglio.vocabulary.progress import Listener, ignore

# Rows that are pushed twice may be so many of a group; more groups are more to spread over workers that are not equally fast.
_TWICE = 0.05
_GROUPS = 8
_THREADS = 1


class SpreadJob(StyleJob):
    """Checked, planned, and ready to run.

    Args:
        order: what to do.
        engine: whose workers do it.
        workers: at once; None for as many as there is room for.
        pretrained: the network, if it is loaded.

    Raises:
        InputError: anything wrong with a picture, an option or the output.
        ResourceError: not enough memory or disk.

    """

    def __init__(self, order: Order, engine: Engine, workers: int | None = None, pretrained: Pretrained | None = None) -> None:
        # Tiles are chosen for what is left of a worker's memory.
        room = order.limits.memory and max(1, order.limits.memory - engine.overhead)
        plain = dataclasses.replace(order, limits=dataclasses.replace(order.limits, memory=room)).job(pretrained)
        self.__dict__.update(plain.__dict__)
        self.order, self.engine, self.workers = order, engine, workers

    def run(self, *, resume: bool = False, listener: Listener = ignore, view: View = lambda raw: raw) -> None:
        """Do it, as any job; with one thread, as every worker computes, since bits may depend on their number."""
        threads = torch.get_num_threads()
        torch.set_num_threads(_THREADS)
        try:
            super().run(resume=resume, listener=listener, view=view)
        finally:
            torch.set_num_threads(threads)

    def stream(self, content: PixelSource, sink: PixelSink, workspace: Workspace, report: Report) -> None:
        """Stylize."""
        limits = dataclasses.replace(self.limits, tile=self.plan.tile)
        demand = Demand(
            folder=self.scratch.resolve(),
            reads=self.order.reads(),
            workers=self.workers,
            device=self.plan.device.type,
            threads=_THREADS,
            memory=self.order.limits.memory or self.plan.memory + self.engine.overhead,
        )
        with self.engine.opened(demand) as crew:
            hands = _Hands(crew, dataclasses.replace(self.order, limits=limits), self.identity())
            super().stream(content, sink, dataclasses.replace(workspace, hands=hands), report)


class _Hands:
    """Workers that do groups of rows of tiles."""

    def __init__(self, crew: Crew, order: Order, identity: Mapping[str, str]) -> None:
        self._crew, self._order, self._identity = crew, order, identity
        self.known = Known()

    def rows_of(
        self, step: int, rows: TileRows, first: int, moments: Mapping[str, Tensor]
    ) -> Iterator[tuple[int, Sequence[Mapping[str, Tensor]]]]:
        """Groups as they are done, put in order."""
        groups = groups_of(rows, first, self._crew.width)
        begun, given, done = 0, 0, dict[int, list[dict[str, Tensor]]]()
        while given < len(groups):
            while begun < len(groups) and begun - given - len(done) < self._crew.room:
                group = groups[begun]
                part = Part(
                    step=step,
                    first=group.start,
                    stop=group.stop,
                    identity=self._identity,
                    known=self.known,
                    moments=moments,
                )
                self._crew.begin(str(begun), do_part, self._order, part)
                begun += 1
            key, gathered = self._crew.finished()
            done[int(key)] = gathered
            while given in done:
                yield rows.stop(groups[given].stop - 1), done.pop(given)
                given += 1


def groups_of(rows: TileRows, first: int, width: int) -> list[range]:
    """Rows of tiles from `first` on, in groups of nearly one size: one for each worker, or a few where that costs little."""
    count = len(rows.starts) - first
    twice = rows.before(first + count // 2)
    each = min(_GROUPS, max(1, int(_TWICE * count / (width * max(1, twice)))))
    number = min(count, width * each)
    # The group at the top pushes nothing twice, so it has more rows of its own.
    spared = twice if first == 0 and count + twice * (number - 1) >= (twice + 1) * number else 0
    share = (count - spared) / number
    ends = [first, *(first + spared + round(share * index) for index in range(1, number + 1))]
    return [range(start, stop) for start, stop in pairwise(ends)]


def stylize_each(
    orders: Sequence[Order], engine: Engine, folder: Path, *, workers: int | None = None, resume: bool = False
) -> Iterator[tuple[Order, Mapping[str, Any]]]:
    """Pictures side by side, each as a whole by one worker.

    Args:
        orders: of the same limits.
        engine: whose workers do them.
        folder: of the outputs.
        workers: at once; None for as many as there is room for.
        resume: go on with what interrupted runs left.

    Yields:
        An order that is done, with seconds and peak memory; in the order in which they end.

    Raises:
        IntaglioError: what a picture raised; those that are done stay.

    """
    asked = orders[0].limits.memory
    if asked:
        limits = dataclasses.replace(orders[0].limits, memory=max(1, asked - engine.overhead))
        orders = [dataclasses.replace(order, limits=limits) for order in orders]
    jobs = [order.job() for order in orders]
    demand = Demand(
        folder=folder.resolve(),
        reads=tuple(dict.fromkeys(path for order in orders for path in order.reads())),
        workers=workers,
        device=jobs[0].plan.device.type,
        threads=_THREADS,
        memory=asked or max(job.plan.memory for job in jobs) + engine.overhead,
    )
    with engine.opened(demand) as crew:
        begun, ended = 0, 0
        while ended < len(orders):
            while begun < len(orders) and begun - ended < crew.room:
                crew.begin(str(begun), do_picture, orders[begun], resume)
                begun += 1
            key, told = crew.finished()
            ended += 1
            yield orders[int(key)], told
