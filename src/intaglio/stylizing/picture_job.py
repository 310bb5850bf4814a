"""`PictureJob`: one picture file in, one picture file out, through the engine, resumable.

Everything that can be refused is refused before the first pixel is decoded. Work lies in a hidden folder beside the output,
named after it, so that a killed run finds it again; the output itself appears by renaming when it is complete.
"""

import dataclasses
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from intaglio.images.catalog import OutputOptions
from intaglio.images.export import export
from intaglio.images.failures import unwritable
from intaglio.images.header import PIXEL_BUDGET, Picture, read_header
from intaglio.images.ingest import ingest
from intaglio.images.output import check_output, output_format
from intaglio.runtime.operators import Target
from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.alpha import OpaquePixels, WithAlpha
from intaglio.stylizing.engine import Report, Workspace
from intaglio.stylizing.journal import Entry, Journal
from intaglio.stylizing.pixels import PixelSink, PixelSource, SpoolPixels
from intaglio.stylizing.plan import Plan
from intaglio.stylizing.resources import check_disk, estimate_seconds
from intaglio.stylizing.track import Track
from intaglio.vocabulary.errors import JournalError
from intaglio.vocabulary.progress import Listener, Progress, ignore

View = Callable[[SpoolPixels], PixelSink]
"""Stands before the raw output: takes the rows in its place, passes them on, and may look at them."""

# Relative cost of reading and of writing, in multiply-adds per pixel of the convolutions.
_READ, _WRITE = 2500.0, 3000.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a run may take of the machine."""

    memory: int | None = None
    """Resident bytes; None for most of what is free."""
    device: torch.device = dataclasses.field(default_factory=lambda: torch.device("cpu"))
    pixel_budget: int = PIXEL_BUDGET
    """Largest picture accepted, pixels."""
    tile: tuple[int, int] | None = None
    """Height and width of tiles, multiples of 16; None for what fits memory and cache."""
    journal_seconds: float = 10.0
    """How often a run notes where it is; what was done since the last note is done again after an interruption."""


class PictureJob(ABC):
    """What a job does with its files, whatever the network does with the picture.

    Args:
        pretrained: the network.
        content: the picture.
        out: the file to write; its suffix chooses the format.
        limits: what the run may take.
        output: how the file is encoded.

    Raises:
        InputError: anything wrong with a picture or the output.

    """

    plan: Plan

    def __init__(
        self,
        pretrained: Pretrained,
        content: Path,
        out: Path,
        *,
        limits: Limits | None,
        output: OutputOptions | None,
    ) -> None:
        self.card, self.out = pretrained.card, out
        self.limits, self.output = limits or Limits(), output or OutputOptions()
        self.content = read_header(content, pixel_budget=self.limits.pixel_budget)
        self.bits = self.content.bits if output_format(out).deep else 8
        self.scratch = out.parent / f".{out.name}.intaglio"
        self._digest = pretrained.digest()

    def check_out(self, *sources: Path) -> None:
        """Refuse an output that cannot be, or that is one of the sources; after them, what is read being refused first.

        Raises:
            InputError: it cannot be.

        """
        for source in sources:
            check_output(self.out, width=self.content.width, height=self.content.height, source=source, options=self.output)

    @abstractmethod
    def make_plan(self, tile: tuple[int, int] | None) -> Plan:
        """What a run will do, with these tiles or those that fit."""

    @abstractmethod
    def facts(self) -> Mapping[str, str]:
        """What must not change between an interrupted run and its resumption, beside network, picture and machine."""

    @abstractmethod
    def preparations(self) -> Sequence[tuple[str, float]]:
        """Name and relative cost of what `stream` reports before its passes."""

    @abstractmethod
    def stream(self, content: PixelSource, sink: PixelSink, workspace: Workspace, report: Report) -> None:
        """Write every row of the sink; report the number of the step, preparations first, and its share."""

    def target(self) -> Target:
        """Where most of the convolutions run."""
        return Target(self.plan.device)

    def estimated(self) -> Plan:
        """The plan with a time estimate, from a short trial of this machine."""
        macs = sum(one.macs for one in self.plan.passes) * self.plan.padded_height * self.plan.padded_width
        return dataclasses.replace(self.plan, seconds=estimate_seconds(macs, self.target()))

    def run(self, *, resume: bool = False, listener: Listener = ignore, view: View = lambda raw: raw) -> None:
        """Do it.

        Args:
            resume: go on with what an interrupted run left, if it left anything.
            listener: told about progress.
            view: sees the picture while it is made; rows that were made before an interruption it finds in the raw output.

        Raises:
            PictureError: a picture turned out to be damaged.
            ResourceError: the disk filled up; what was done is kept for `resume`.
            JournalError: what is there to resume belongs to another run; it is left alone.

        """
        if not resume and self.scratch.exists():
            shutil.rmtree(self.scratch)
        check_disk(self.out.parent, self.plan.disk)
        try:
            self.scratch.mkdir(exist_ok=True)
            self._run(Journal(self.scratch, self.identity()), listener, view)
        except (KeyboardInterrupt, JournalError):
            raise
        except OSError as error:
            raise unwritable(self.out, error) from None
        except BaseException:
            # Nothing was wrong with the machine: what is left would fail again.
            shutil.rmtree(self.scratch, ignore_errors=True)
            raise
        shutil.rmtree(self.scratch)

    def opened(self, picture: Picture, name: str, listener: Listener = ignore) -> SpoolPixels:
        """A picture decoded to the scratch folder, unless an interrupted run has done so."""
        spool = self.scratch / f"{name}.raw"
        if not spool.exists():
            ingest(picture, spool, listener=listener)
        return SpoolPixels(spool, picture.height, picture.width, picture.bands, picture.bits)

    def raw(self) -> SpoolPixels:
        """The output before it is encoded."""
        return SpoolPixels(self.scratch / "output.raw", self.content.height, self.content.width, self.content.bands, self.bits)

    def ends(self, content: SpoolPixels, raw: PixelSink) -> tuple[PixelSource, PixelSink]:
        """What the network reads, and what takes what it gives: without alpha, which stays as it is."""
        return (OpaquePixels(content), WithAlpha(raw, content)) if self.content.alpha else (content, raw)

    def identity(self) -> dict[str, str]:
        """What must be the same wherever, and whenever, a part of the run is done."""
        facts = {"network": self._digest, "torch": str(torch.__version__), "content": identity_of(self.content)}
        facts |= {"threads": str(torch.get_num_threads()), "device": str(self.plan.device), "format": self.out.suffix}
        return facts | dict(self.facts())

    def _run(self, journal: Journal, listener: Listener, view: View) -> None:
        entry = journal.read()
        if entry is None:
            # Whatever follows is known to belong to this run, the decoded pictures too.
            journal.write(Entry(0, 0, self.plan.tile, {}))
        elif entry.tile != self.plan.tile:
            # Free memory was different then; the tiles of the interrupted run go on.
            self.plan = self.make_plan(entry.tile)
        steps = [("read picture", _READ), *self.preparations(), *((one.name, one.macs) for one in self.plan.passes)]
        track = Track([*steps, ("write picture", _WRITE)], self.plan.megapixels, listener)
        content = self.opened(self.content, "content", _forward(track, 0))
        raw = self.raw()
        self.stream(*self.ends(content, view(raw)), Workspace(self.scratch, journal), track.after(1))
        for spool in (content, raw):
            spool.close()
        export(
            raw.path,
            width=raw.width,
            height=raw.height,
            bands=raw.bands,
            bits=self.bits,
            out=self.out,
            like=self.content,
            options=self.output,
            listener=_forward(track, len(steps)),
        )


def identity_of(picture: Picture) -> str:
    """A file as it is: where it lies, its size and when it was changed."""
    status = picture.path.stat()
    return f"{picture.path.resolve()} {status.st_size} {status.st_mtime_ns}"


def _forward(track: Track, step: int) -> Callable[[Progress], None]:
    return lambda progress: track.at(step, progress.fraction)
