"""`OptimizeJob`: one picture file optimized to one picture file."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from intaglio.images.catalog import OutputOptions
from intaglio.images.export import export
from intaglio.images.failures import unwritable
from intaglio.images.header import Picture, read_header
from intaglio.images.output import check_output, output_format
from intaglio.models.style.loss_network import LossNetwork
from intaglio.objectives.gatys import require_content_layer
from intaglio.storage.loss_network import deepest_encoder
from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.alpha import OnWhite, OpaquePixels, WithAlpha
from intaglio.stylizing.footprint import require_memory
from intaglio.stylizing.opened import Opener
from intaglio.stylizing.optimize import OptimizeOptions, optimize
from intaglio.stylizing.picture_job import Limits
from intaglio.stylizing.pixels import PixelSink, PixelSource, SpoolPixels
from intaglio.stylizing.resources import memory_limit
from intaglio.stylizing.run import Pictures, colored
from intaglio.stylizing.styles import shares, style_size
from intaglio.vocabulary.progress import Listener, ignore


class OptimizeJob:
    """Checked and ready to run; nothing is left behind by a run that ends early, and an older output stays until the end.

    Args:
        pretrained: an encoder, or a style network, whose deepest encoder is taken.
        content: the picture.
        styles: one or more style pictures.
        out: the file to write; its suffix chooses the format.
        options: how to optimize.
        limits: memory, device and pixel budget are looked at; there are no tiles and no journal.
        output: how the file is encoded.

    Raises:
        InputError: anything wrong with a picture, the model, an option or the output.
        ResourceError: the picture is too large for the memory.

    """

    def __init__(
        self,
        pretrained: Pretrained,
        content: Path,
        styles: Sequence[Path],
        out: Path,
        *,
        options: OptimizeOptions,
        limits: Limits | None = None,
        output: OutputOptions | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.options, self.output, self.out = options, output or OutputOptions(), out
        self.network = LossNetwork(deepest_encoder(pretrained))
        require_content_layer(self.network, options.content_layer)
        self.content = read_header(content, pixel_budget=self.limits.pixel_budget)
        self.styles = [self._style_header(path) for path in styles]
        shares(options.weights, len(styles), False)
        for source in (content, *styles):
            check_output(out, width=self.content.width, height=self.content.height, source=source, options=self.output)
        self.bits = self.content.bits if output_format(out).deep else 8
        if self.limits.device.type == "cpu":
            limit = memory_limit(self.limits.memory)
            largest = max(self.styles, key=lambda style: style.pixels)
            sizes = [(picture.height, picture.width) for picture in (self.content, largest)]
            require_memory(self.network.encoder.config, sizes[0], sizes[1], limit)

    def run(self, *, listener: Listener = ignore) -> None:
        """Do it.

        Args:
            listener: told about progress.

        Raises:
            PictureError: a picture turned out to be damaged.
            OptionError: the objective is not finite.
            ResourceError: not enough memory or disk.

        """
        with Opener(self.limits.pixel_budget) as opener:
            try:
                raw = self._optimized(opener, listener)
            except OSError as error:
                raise unwritable(opener.scratch, error) from None
            export(
                raw,
                width=self.content.width,
                height=self.content.height,
                bands=self.content.bands,
                bits=self.bits,
                out=self.out,
                like=self.content,
                options=self.output,
            )

    def _optimized(self, opener: Opener, listener: Listener) -> Path:
        """A raw file of the result, in the scratch folder."""
        size = (self.content.height, self.content.width)
        content = opener.open(self.content.path, "content").source
        styles: list[PixelSource] = []
        for index, style in enumerate(self.styles):
            source = opener.open(style.path, f"style{index}", lambda own: style_size(self.options.stroke, size, own)).source
            styles.append(OnWhite(source) if source.bands == 4 else source)
        raw = SpoolPixels(opener.scratch / "output.raw", *size, self.content.bands, self.bits)
        sink: PixelSink = WithAlpha(raw, content) if self.content.alpha else raw
        pictures = Pictures(content=OpaquePixels(content) if self.content.alpha else content, styles=styles, sink=sink)
        seen, references, target = colored(pictures, self.options.keep_colors)
        try:
            result = optimize(
                self._tensor(seen),
                [self._tensor(style) for style in references],
                self.network,
                self.options,
                memory=self.limits.memory,
                listener=listener,
            )
            target.write(0, _array(result))
        finally:
            raw.close()
        return raw.path

    def _tensor(self, source: PixelSource) -> Tensor:
        pixels = np.ascontiguousarray(source.rows(0, source.height))
        return torch.from_numpy(pixels).permute(2, 0, 1)[None].clamp(0, 1).to(self.limits.device)

    def _style_header(self, path: Path) -> Picture:
        style = read_header(path, pixel_budget=self.limits.pixel_budget)
        height, width = style_size(self.options.stroke, (self.content.height, self.content.width), (style.height, style.width))
        return dataclasses.replace(style, height=height, width=width)


def _array(picture: Tensor) -> NDArray[np.float32]:
    pixels: NDArray[np.float32] = picture[0].permute(1, 2, 0).contiguous().cpu().numpy()
    return pixels
