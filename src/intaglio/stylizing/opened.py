"""Pictures of any form, opened as sources of rows for the length of one call."""

import dataclasses
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from intaglio.images.header import read_header
from intaglio.images.ingest import ingest
from intaglio.images.resize import resized
from intaglio.stylizing.forms import take, take_mask
from intaglio.stylizing.pixels import ArrayPixels, PixelSource, SpoolPixels
from intaglio.vocabulary.errors import PictureError

Fit = Callable[[tuple[int, int]], tuple[int, int]]
"""Height and width of a picture to those it is to be read at."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A picture that gives its rows, and what a result must become to be of its kind."""

    source: PixelSource
    levels: np.dtype[Any]
    """Type of the result's samples."""
    give_back: Callable[[NDArray[Any]], Any]
    """From an array of these to the kind."""


class Opener:
    """Opens pictures; a context, at whose end files are closed and scratch space is gone.

    Args:
        pixel_budget: most pixels a picture may have.

    """

    def __init__(self, pixel_budget: int) -> None:
        self.pixel_budget = pixel_budget
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.scratch = Path(self._stack.enter_context(TemporaryDirectory(prefix="intaglio-")))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.__exit__(kind, error, trace)

    def open(self, picture: Any, role: str, fit: Fit = lambda size: size) -> Opened:
        """A path or a picture in memory, resized to what `fit` says; a file is decoded to the scratch folder.

        Raises:
            PictureError: it cannot be read, or has another type, shape or range than `forms.take` accepts.
            OptionError: of `fit`.
            ResourceError: the scratch folder is full.

        """
        if isinstance(picture, (str, os.PathLike)):
            spool = self._spool(Path(picture), role, fit)
            return Opened(source=spool, levels=spool.dtype, give_back=lambda result: result)
        given = take(picture, role)
        size = given.pixels.shape[:2]
        self._check(size, role)
        height, width = fit(size)
        pixels = given.pixels if (height, width) == size else resized(given.pixels, width, height)
        return Opened(source=ArrayPixels(pixels), levels=given.levels, give_back=given.give_back)

    def open_mask(self, mask: Any) -> PixelSource:
        """A mask: a path, or what `forms.take_mask` accepts; raises as `open`."""
        if isinstance(mask, (str, os.PathLike)):
            return self._spool(Path(mask), "mask", lambda size: size)
        return ArrayPixels(take_mask(mask))

    def _spool(self, path: Path, role: str, fit: Fit) -> SpoolPixels:
        header = read_header(path, pixel_budget=self.pixel_budget)
        height, width = fit((header.height, header.width))
        header = dataclasses.replace(header, height=height, width=width)
        file = self.scratch / f"{role}.raw"
        ingest(header, file)
        spool = SpoolPixels(file, header.height, header.width, header.bands, header.bits)
        self._stack.callback(spool.close)
        return spool

    def _check(self, size: tuple[int, ...], role: str) -> None:
        if size[0] * size[1] > self.pixel_budget:
            raise PictureError(
                f"{role}: {size[1]}x{size[0]} is over the budget of {self.pixel_budget / 1e6:,.1f} Mpx; raise pixel_budget"
            )
