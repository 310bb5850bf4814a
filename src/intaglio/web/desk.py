"""`Desk`: a process that looks at pictures and networks for the server: headers, tiles, plans, other formats.

Files of strangers are only ever opened there; whatever they do to a decoder, the server lives on and starts another process.
"""

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import ParamSpec, TypeVar

from intaglio.runtime.parent import follow_parent
from intaglio.vocabulary.errors import ResourceError

P = ParamSpec("P")
T = TypeVar("T")


class Desk:
    """One process, started when it is first needed."""

    def __init__(self) -> None:
        self._open()

    def submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Queue work; a function of a module, with arguments and a result that can be sent."""
        try:
            return self._pool.submit(work, *args, **kwargs)
        except BrokenProcessPool:
            self._open()
            return self._pool.submit(work, *args, **kwargs)

    async def ask(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Queue work and wait.

        Raises:
            ResourceError: the process ended over it.
            Exception: what the work raises.

        """
        try:
            return await asyncio.wrap_future(self.submit(work, *args, **kwargs))
        except BrokenProcessPool:
            raise ResourceError("the process that looks at pictures ended over this one; it may be damaged") from None

    def close(self) -> None:
        """End it."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _open(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=follow_parent)


def header(path: Path, pixels: int) -> tuple[int, int]:
    """Width and height of a picture that passes every check; no pixel is decoded.

    Raises:
        PictureError: of `read_header`, or a format that the page does not take.

    """
    from intaglio.images.header import read_header
    from intaglio.vocabulary.errors import PictureError

    picture = read_header(path, pixel_budget=pixels)
    if picture.format not in ("jpeg", "png", "tiff", "webp"):
        raise PictureError(f"{path}: {picture.format} is not taken here; convert it to JPEG, PNG, TIFF or WebP")
    return picture.width, picture.height


def tile(path: Path, folder: Path) -> None:
    """Write a picture's Deep Zoom tiles; raises as `ingest`."""
    from intaglio.images.deep_zoom import DeepZoom
    from intaglio.images.header import read_header
    from intaglio.images.ingest import ingest
    from intaglio.stylizing.pixels import SpoolPixels
    from intaglio.web.showing import tile_rows

    picture, spool = read_header(path), folder / "picture.raw"
    folder.mkdir(exist_ok=True)
    try:
        ingest(picture, spool)
        raw = SpoolPixels(spool, picture.height, picture.width, picture.bands, picture.bits)
        tile_rows(DeepZoom(folder, picture.width, picture.height), raw, picture.height)
        raw.close()
    finally:
        spool.unlink(missing_ok=True)


def convert(result: Path, out: Path) -> None:
    """Write a result in the format that the suffix of `out` names, unless that was done."""
    from intaglio.images.export import export
    from intaglio.images.header import read_header
    from intaglio.images.ingest import ingest

    if out.exists():
        return
    picture, spool = read_header(result), out.with_suffix(".raw")
    try:
        ingest(picture, spool)
        export(
            spool,
            width=picture.width,
            height=picture.height,
            bands=picture.bands,
            bits=picture.bits,
            out=out,
            like=picture,
        )
    finally:
        spool.unlink(missing_ok=True)
