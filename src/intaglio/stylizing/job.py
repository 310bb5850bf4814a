"""`StyleJob`: one picture file in, one picture file out, resumable.

Everything that can be refused is refused before the first pixel is decoded. Work lies in a hidden folder beside the output,
named after it, so that a killed run finds it again; the output itself appears by renaming when it is complete.
"""

import dataclasses
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from intaglio.images.catalog import OutputOptions
from intaglio.images.export import export
from intaglio.images.failures import unwritable
from intaglio.images.header import PIXEL_BUDGET, Picture, read_header
from intaglio.images.ingest import ingest
from intaglio.images.output import check_output, output_format
from intaglio.models.style.network import StyleNetwork
from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.alpha import OnWhite, OpaquePixels, WithAlpha
from intaglio.stylizing.engine import Workspace
from intaglio.stylizing.journal import Entry, Journal
from intaglio.stylizing.options import StylizeOptions
from intaglio.stylizing.pixels import PixelSink, SpoolPixels
from intaglio.stylizing.plan import Plan, make_plan
from intaglio.stylizing.precision import resolve
from intaglio.stylizing.resources import check_disk, estimate_seconds, memory_limit
from intaglio.stylizing.run import Pictures, stylize_pixels
from intaglio.stylizing.schemes import scheme_of
from intaglio.stylizing.styles import shares, style_size
from intaglio.stylizing.track import Track
from intaglio.vocabulary.errors import JournalError, OptionError
from intaglio.vocabulary.progress import Listener, Progress, ignore

View = Callable[[SpoolPixels], PixelSink]
"""Stands before the raw output: takes the rows in its place, passes them on, and may look at them."""

# Relative cost of reading, of a style and of writing, in multiply-adds per pixel of the convolutions.
_READ, STYLE_COST, _WRITE = 2500.0, 2500.0, 3000.0


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


class StyleJob:
    """Checked, planned, and ready to run.

    Args:
        pretrained: a style network.
        content: the picture.
        styles: one or more style pictures.
        out: the file to write; its suffix chooses the format.
        options: how to stylize.
        mask: gray levels that give each style its region.
        limits: what the run may take.
        output: how the file is encoded.

    Raises:
        InputError: anything wrong with a picture, an option or the output.
        ResourceError: not enough memory or disk.

    """

    def __init__(
        self,
        pretrained: Pretrained,
        content: Path,
        styles: Sequence[Path],
        out: Path,
        *,
        options: StylizeOptions,
        mask: Path | None = None,
        limits: Limits | None = None,
        output: OutputOptions | None = None,
    ) -> None:
        limits = limits or Limits()
        self.network, self.card = style_network(pretrained), pretrained.card
        self.options, self.output, self.out = options, output or OutputOptions(), out
        self.content = read_header(content, pixel_budget=limits.pixel_budget)
        shares(options.weights, len(styles), mask is not None)
        self.styles = [self._style_header(path, limits) for path in styles]
        self.mask = self._mask_header(mask, limits, len(styles)) if mask else None
        for source in [content, *styles, *([mask] if mask else [])]:
            check_output(out, width=self.content.width, height=self.content.height, source=source, options=self.output)
        self.bits = self.content.bits if output_format(out).deep else 8
        self.scratch = out.parent / f".{out.name}.intaglio"
        self._digest = pretrained.digest()
        self._limits = limits
        self.plan = self._make_plan(limits.tile)

    def estimated(self) -> Plan:
        """The plan with a time estimate, from a short trial of this machine."""
        macs = sum(one.macs for one in self.plan.passes) * self.plan.padded_height * self.plan.padded_width
        seconds = estimate_seconds(macs, resolve(self.options.precision, self.plan.device))
        return dataclasses.replace(self.plan, seconds=seconds)

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
            self._run(Journal(self.scratch, self._facts()), listener, view)
        except (KeyboardInterrupt, JournalError):
            raise
        except OSError as error:
            raise unwritable(self.out, error) from None
        except BaseException:
            # Nothing was wrong with the machine: what is left would fail again.
            shutil.rmtree(self.scratch, ignore_errors=True)
            raise
        shutil.rmtree(self.scratch)

    def _run(self, journal: Journal, listener: Listener, view: View) -> None:
        entry = journal.read()
        if entry is None:
            # Whatever follows is known to belong to this run, the decoded pictures too.
            journal.write(Entry(0, 0, self.plan.tile, {}))
        elif entry.tile != self.plan.tile:
            # Free memory was different then; the tiles of the interrupted run go on.
            self.plan = self._make_plan(entry.tile)
        steps = [("read picture", _READ), ("read styles", STYLE_COST)]
        steps += [(one.name, one.macs) for one in self.plan.passes]
        track = Track([*steps, ("write picture", _WRITE)], self.plan.megapixels, listener)
        content = self._opened(self.content, "content", _forward(track, 0))
        styles = [self._opened(style, f"style{index}", ignore) for index, style in enumerate(self.styles)]
        mask = self._opened(self.mask, "mask", ignore) if self.mask else None
        raw = SpoolPixels(self.scratch / "output.raw", self.content.height, self.content.width, self.content.bands, self.bits)
        sink = WithAlpha(view(raw), content) if self.content.alpha else view(raw)
        pictures = Pictures(
            content=OpaquePixels(content) if self.content.alpha else content,
            styles=[OnWhite(style) if style.bands == 4 else style for style in styles],
            sink=sink,
            mask=mask,
        )
        workspace = Workspace(self.scratch, journal)
        report = track.after(1)
        stylize_pixels(self.network, self.card, self.plan, pictures, self.options, workspace, report)
        for spool in (content, *styles, raw, *([mask] if mask else [])):
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

    def _opened(self, picture: Picture, name: str, listener: Listener) -> SpoolPixels:
        """Decode to the scratch folder, unless an interrupted run has done so."""
        spool = self.scratch / f"{name}.raw"
        if not spool.exists():
            ingest(picture, spool, listener=listener)
        return SpoolPixels(spool, picture.height, picture.width, picture.bands, picture.bits)

    def _style_header(self, path: Path, limits: Limits) -> Picture:
        style = read_header(path, pixel_budget=limits.pixel_budget)
        size = (self.content.height, self.content.width)
        height, width = style_size(self.options.stroke, size, (style.height, style.width), self.card.style_side)
        return dataclasses.replace(style, height=height, width=width)

    def _mask_header(self, path: Path, limits: Limits, styles: int) -> Picture:
        mask = read_header(path, pixel_budget=limits.pixel_budget)
        if (mask.height, mask.width) != (self.content.height, self.content.width):
            raise OptionError(
                f"{path}: the mask is {mask.width}x{mask.height}, the content {self.content.width}x{self.content.height}; "
                "make them the same size"
            )
        if styles < 2:
            raise OptionError(f"{path}: a mask divides a picture among styles; give at least two styles, or leave it out")
        return mask

    def _make_plan(self, tile: tuple[int, int] | None) -> Plan:
        pictures = [self.content, *self.styles, *([self.mask] if self.mask else [])]
        spools = sum(picture.spool_bytes for picture in pictures) + 2 * self.content.spool_bytes
        plan = make_plan(
            scheme_of(self.network, approximate=self.options.approximate).passes,
            self.card,
            (self.content.height, self.content.width),
            [(style.height, style.width) for style in self.styles],
            memory=memory_limit(self._limits.memory),
            device=self._limits.device,
            tile=tile,
            spool_bytes=spools,
        )
        return dataclasses.replace(plan, journal_seconds=self._limits.journal_seconds)

    def _facts(self) -> dict[str, str]:
        """What must not change between an interrupted run and its resumption."""
        facts = {"options": self.options.canonical_json(), "network": self._digest, "torch": str(torch.__version__)}
        facts |= {"threads": str(torch.get_num_threads()), "device": str(self.plan.device), "format": self.out.suffix}
        named = [("content", self.content), ("mask", self.mask)]
        named += [(f"style {index + 1}", style) for index, style in enumerate(self.styles)]
        for name, picture in named:
            if picture is not None:
                status = picture.path.stat()
                facts[name] = f"{picture.path.resolve()} {status.st_size} {status.st_mtime_ns}"
        return facts


def style_network(pretrained: Pretrained) -> StyleNetwork:
    """The network of an artifact that stylizes.

    Raises:
        OptionError: it is an encoder, or something else that does not.

    """
    if not isinstance(pretrained.network, StyleNetwork):
        raise OptionError(
            f"the model {pretrained.card.name!r} does not stylize: it is of the family {pretrained.card.family!r}; take a "
            "style network, or --method optimize with an encoder"
        )
    return pretrained.network


def _forward(track: Track, step: int) -> Callable[[Progress], None]:
    return lambda progress: track.at(step, progress.fraction)
