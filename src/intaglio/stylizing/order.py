"""`Order`: a stylization as it is told to another process, and what that process does of it."""

import dataclasses
import functools
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from intaglio.images.catalog import OutputOptions
from intaglio.storage.packed_network import to_run
from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.job import StyleJob
from intaglio.stylizing.known import Known
from intaglio.stylizing.options import StylizeOptions
from intaglio.stylizing.picture_job import Limits
from intaglio.stylizing.rows import TileRows
from intaglio.stylizing.run import begin
from intaglio.stylizing.surroundings import exact_arithmetic
from intaglio.stylizing.tally import Tally
from intaglio.vocabulary.errors import ResourceError


@dataclass(frozen=True, kw_only=True)
class Order:
    """One picture to be stylized; its files lie where every worker sees them, at absolute paths."""

    model: str
    """Folder, or name of a network that comes with the package."""
    content: Path
    styles: tuple[Path, ...]
    out: Path
    options: StylizeOptions
    mask: Path | None = None
    limits: Limits = dataclasses.field(default_factory=Limits)
    output: OutputOptions = dataclasses.field(default_factory=OutputOptions)

    def job(self, pretrained: Pretrained | None = None) -> StyleJob:
        """Checked, planned, and ready to run; the network is loaded if it is not given."""
        return StyleJob(
            pretrained or to_run(self.model),
            self.content,
            self.styles,
            self.out,
            options=self.options,
            mask=self.mask,
            limits=self.limits,
            output=self.output,
        )

    def reads(self) -> tuple[Path, ...]:
        """All that has to be there."""
        named = [Path(self.model)] if Path(self.model).is_dir() else []
        return (*named, self.content, *self.styles, *([self.mask] if self.mask else []))

    def on(self, device: str) -> "Order":
        """The same on a device."""
        return dataclasses.replace(self, limits=dataclasses.replace(self.limits, device=torch.device(device)))


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some rows of tiles of one pass."""

    step: int
    first: int
    stop: int
    identity: Mapping[str, str]
    """Of the whole run."""
    known: Known
    moments: Mapping[str, Tensor]
    """The statistics before the pass."""


def do_part(device: str, order: Order, part: Part) -> list[dict[str, Tensor]]:
    """Do rows of tiles of a run whose pictures are decoded; a call of an engine.

    Returns:
        What each row of tiles has gathered; what they have written is safe.

    Raises:
        ResourceError: this process would compute something else than the one that asks.

    """
    job = _job(order.on(device))
    found = job.identity()
    if differing := sorted(name for name in part.identity if found.get(name) != part.identity[name]):
        name = differing[0]
        raise ResourceError(
            f"{name} is {found.get(name)!r} for a worker and {part.identity[name]!r} here, so pictures would not be the same; "
            "use machines of one kind, or --runtime dense"
        )
    opened = job.opened(job.content, "content"), job.raw()
    with exact_arithmetic(), closing(opened[0]), closing(opened[1]), job.pictures(*job.ends(*opened)) as pictures:
        program, sink = begin(
            job.network, job.card, job.plan, pictures, job.options, job.scratch, part.known, lambda _share: None
        )
        tally = Tally(program.moments())
        tally.put_back(part.moments)
        tally.hand_over()
        walk = program.walk(part.step)
        rows = TileRows(walk, job.plan)
        tally.empty()
        rows.enter(part.first)
        tally.empty()
        gathered = []
        for index in range(part.first, part.stop):
            rows.push(index)
            gathered.append(tally.row())
        for spill in walk.outputs:
            spill.flush()
        sink.flush()
    return gathered


@functools.lru_cache(maxsize=1)
def _job(order: Order) -> StyleJob:
    """Loaded and planned once for all parts of a picture. It holds no files."""
    return order.job()


def do_picture(device: str, order: Order, resume: bool) -> dict[str, Any]:
    """Do all of a picture; a call of an engine."""
    import resource
    import time

    began, job = time.monotonic(), order.on(device).job()
    job.run(resume=resume)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": round(time.monotonic() - began, 3), "peak_memory": peak}
