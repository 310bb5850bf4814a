"""`StyleJob`: one picture file stylized to one picture file."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from intaglio.images.catalog import OutputOptions
from intaglio.images.header import Picture, read_header
from intaglio.models.style.network import StyleNetwork
from intaglio.runtime.operators import Target
from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.alpha import OnWhite
from intaglio.stylizing.engine import Report, Workspace
from intaglio.stylizing.options import StylizeOptions
from intaglio.stylizing.picture_job import Limits, PictureJob, identity_of
from intaglio.stylizing.pixels import PixelSink, PixelSource, SpoolPixels
from intaglio.stylizing.plan import Plan, make_plan
from intaglio.stylizing.precision import resolve
from intaglio.stylizing.resources import memory_limit
from intaglio.stylizing.run import Pictures, stylize_pixels
from intaglio.stylizing.schemes import scheme_of
from intaglio.stylizing.styles import shares, style_size
from intaglio.vocabulary.errors import OptionError

# Relative cost of reading a style, in multiply-adds per pixel of the convolutions.
STYLE_COST = 2500.0


class StyleJob(PictureJob):
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
        self.network, self.options = style_network(pretrained), options
        super().__init__(pretrained, content, out, limits=limits, output=output)
        shares(options.weights, len(styles), mask is not None)
        self.styles = [self._style_header(path) for path in styles]
        self.mask = self._mask_header(mask, len(styles)) if mask else None
        self.check_out(content, *styles, *([mask] if mask else []))
        self.plan = self.make_plan(self.limits.tile)

    def target(self) -> Target:
        """Of the decoders."""
        return resolve(self.options.precision, self.plan.device)

    def make_plan(self, tile: tuple[int, int] | None) -> Plan:
        """What a run will do, with these tiles or those that fit."""
        pictures = [self.content, *self.styles, *([self.mask] if self.mask else [])]
        spools = sum(picture.spool_bytes for picture in pictures) + 2 * self.content.spool_bytes
        plan = make_plan(
            scheme_of(self.network, self.options).passes,
            self.card,
            (self.content.height, self.content.width),
            [(style.height, style.width) for style in self.styles],
            memory=memory_limit(self.limits.memory),
            device=self.limits.device,
            tile=tile,
            spool_bytes=spools,
        )
        return dataclasses.replace(plan, journal_seconds=self.limits.journal_seconds)

    def facts(self) -> dict[str, str]:
        """Options, ways of the layers, styles and mask."""
        named = {f"style {index + 1}": identity_of(style) for index, style in enumerate(self.styles)}
        named |= {"mask": identity_of(self.mask)} if self.mask else {}
        return {"options": self.options.canonical_json(), "layers": self.plan.ways, **named}

    def preparations(self) -> list[tuple[str, float]]:
        """The styles are read."""
        return [("read styles", STYLE_COST)]

    def stream(self, content: PixelSource, sink: PixelSink, workspace: Workspace, report: Report) -> None:
        """Stylize."""
        with self.pictures(content, sink) as pictures:
            stylize_pixels(self.network, self.card, self.plan, pictures, self.options, workspace, report)

    @contextmanager
    def pictures(self, content: PixelSource, sink: PixelSink) -> Iterator[Pictures]:
        """All that goes in and comes out; styles and mask are decoded, unless they are already."""
        with ExitStack() as files:

            def opened(picture: Picture, name: str) -> SpoolPixels:
                return files.enter_context(closing(self.opened(picture, name)))

            styles = [opened(style, f"style{index}") for index, style in enumerate(self.styles)]
            yield Pictures(
                content=content,
                styles=[OnWhite(style) if style.bands == 4 else style for style in styles],
                sink=sink,
                mask=opened(self.mask, "mask") if self.mask else None,
            )

    def _style_header(self, path: Path) -> Picture:
        style = read_header(path, pixel_budget=self.limits.pixel_budget)
        size = (self.content.height, self.content.width)
        height, width = style_size(self.options.stroke, size, (style.height, style.width), self.card.style_side)
        return dataclasses.replace(style, height=height, width=width)

    def _mask_header(self, path: Path, styles: int) -> Picture:
        mask = read_header(path, pixel_budget=self.limits.pixel_budget)
        if (mask.height, mask.width) != (self.content.height, self.content.width):
            raise OptionError(
                f"{path}: the mask is {mask.width}x{mask.height}, the content {self.content.width}x{self.content.height}; "
                "make them the same size"
            )
        if styles < 2:
            raise OptionError(f"{path}: a mask divides a picture among styles; give at least two styles, or leave it out")
        return mask


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
