"""`export`: a raw spool file of sRGB rows to a picture file."""

import mmap
import sys
import time
from pathlib import Path
from typing import Any

import pyvips

from intaglio.images.atomic import replacing
from intaglio.images.catalog import OutputFormat, OutputOptions
from intaglio.images.failures import unwritable
from intaglio.images.header import Picture
from intaglio.images.metadata import Metadata, tag_image, tag_tiff
from intaglio.images.output import output_format
from intaglio.vocabulary.errors import PictureError
from intaglio.vocabulary.progress import Listener, Progress, ignore

_WHITE = {8: 255, 16: 65535}
_LEVELS_16_PER_8 = 257
_REPORTS = 1000
# A multiple of any page size.
_RELEASE_BYTES = 2**20
# Rows that may still be read when the next ones are counted as done; generous, since to ask twice costs nothing.
_ROWS_BEHIND = 512
_BYTES_BEHIND = 16 * _RELEASE_BYTES


def export(  # noqa: PLR0913 - the five numbers and names that make a raw file readable belong together
    spool: Path,
    *,
    width: int,
    height: int,
    bands: int,
    bits: int,
    out: Path,
    like: Picture | None = None,
    options: OutputOptions | None = None,
    listener: Listener = ignore,
) -> None:
    """Encode a raw file in the format that the suffix of `out` names: .jpg, .jpeg, .png, .tif, .tiff or .webp.

    The output is tagged as sRGB and keeps resolution, copyright, artist and description of `like`; nothing else, so no place
    and no date. The same spool gives the same bytes. 16 bits are rounded to the nearest of 8 where the format holds no more,
    and transparent pixels are laid on white for JPEG, which holds no alpha. Memory: below 200 MB for any size, except for
    WebP, whose encoder holds the picture. Pyramids are collected in the folder for temporary files first.

    Args:
        spool: interleaved rows (H, W, bands), as `ingest` writes them: uint8, or little-endian uint16, sRGB, upright.
        width: in pixels.
        height: in pixels.
        bands: 3, or 4 with unpremultiplied alpha.
        bits: 8 or 16.
        out: the file to write; an older one stays until the new one is complete.
        like: the picture whose metadata is kept.
        options: how to encode; the defaults of `OutputOptions` without.
        listener: hears of the megapixels done, from this thread or another; what it raises stops the work.

    Raises:
        OptionError: the suffix is of no known format.
        PictureError: the spool is not of the size the numbers say.
        ResourceError: the output cannot be written; the message names its folder.

    """
    target = output_format(out)
    options = options or OutputOptions()
    size = width * height * bands * (bits // 8)
    if spool.stat().st_size != size:
        raise PictureError(
            f"{spool}: {spool.stat().st_size} bytes are not {width}x{height}x{bands} of {bits} bits; decode again"
        )
    metadata = _seen_metadata(like) if like is not None else Metadata()
    with spool.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as rows:
        image = pyvips.Image.new_from_memory(rows, width, height, bands, "uchar" if bits == 8 else "ushort")
        image = tag_image(_fitted(image, target, bits), metadata)
        try:
            with replacing(out, durable=True) as temporary:
                _save(image, target.saver, temporary, dict(target.arguments(options, size)), _Watch(image, rows, listener))
                if target.is_tiff:
                    tag_tiff(temporary, metadata)
        except (OSError, pyvips.Error) as error:
            raise unwritable(out, error) from None


def _fitted(image: pyvips.Image, target: OutputFormat, bits: int) -> pyvips.Image:
    """Native byte order, and what the format cannot hold removed."""
    if bits == 16 and sys.byteorder == "big":
        image = image.byteswap()
    image = image.copy(interpretation="srgb" if bits == 8 else "rgb16")
    if image.bands == 4 and not target.alpha:
        image = image.flatten(background=[_WHITE[bits]] * 3, max_alpha=_WHITE[bits])
    if bits == 16 and not target.deep:
        image = (image / _LEVELS_16_PER_8).rint().cast("uchar").copy(interpretation="srgb")
    return image


def _seen_metadata(picture: Picture) -> Metadata:
    """The metadata for upright pixels."""
    metadata = picture.metadata
    if picture.orientation < 5 or metadata.dpi is None:
        return metadata
    across, down = metadata.dpi
    return Metadata(dpi=(down, across), description=metadata.description, artist=metadata.artist, copyright=metadata.copyright)


class _Watch:
    """Follows the work, and lets go of the rows that are done, so that resident memory does not grow with the file."""

    def __init__(self, image: pyvips.Image, rows: mmap.mmap, listener: Listener) -> None:
        self.rows = rows
        self.listener = listener
        self.pixels = image.width * image.height
        self.failure: BaseException | None = None
        self.stride = max(1, self.pixels // _REPORTS)
        behind = max(_BYTES_BEHIND, len(rows) // image.height * _ROWS_BEHIND)
        self.margin = behind // _RELEASE_BYTES * _RELEASE_BYTES
        self.heard = 0
        self.released = 0
        self.began = time.monotonic()

    def step(self, image: pyvips.Image, progress: Any) -> None:
        """Called by libvips, which cannot carry an exception: it is kept, and the work stopped."""
        done = min(progress.npels, self.pixels)
        due = min(self.heard + self.stride, self.pixels)
        if self.failure is not None or done < due or done == self.heard:
            return
        self.heard = done
        try:
            self._release(done)
            self._report(done)
        except BaseException as error:
            self.failure = error
            image.set_kill(True)

    def finish(self) -> None:
        """Called when the work ended well, except for what the listener may have raised in the last moment."""
        if self.failure is not None:
            raise self.failure
        if self.heard < self.pixels:
            self._report(self.pixels)

    def _release(self, pixels_done: int) -> None:
        end = len(self.rows) * pixels_done // self.pixels // _RELEASE_BYTES * _RELEASE_BYTES
        if end > self.released and hasattr(self.rows, "madvise"):
            # Threads behind the count, and page faults, which map a page's neighbors too, have brought some of it back.
            start = max(0, self.released - self.margin)
            self.rows.madvise(mmap.MADV_DONTNEED, start, end - start)
            self.released = end

    def _report(self, pixels_done: int) -> None:
        done, total = pixels_done / 1e6, self.pixels / 1e6
        seconds = time.monotonic() - self.began
        self.listener(
            Progress(
                task="write", step=1, steps=1, done=done, total=total, seconds=seconds, remaining=seconds * (total / done - 1)
            )
        )


def _save(image: pyvips.Image, saver: str, path: Path, arguments: dict[str, Any], watch: _Watch) -> None:
    image.set_progress(True)
    image.signal_connect("eval", watch.step)
    try:
        pyvips.Operation.call(saver, image, str(path), profile="srgb", **arguments)
    except pyvips.Error as error:
        raise watch.failure or error from None
    watch.finish()
