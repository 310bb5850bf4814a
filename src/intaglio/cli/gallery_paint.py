"""The pictures of `intaglio gallery`: what is there with the same facts stays, all else is made."""

import functools
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intaglio.cli.gallery_choice import PICTURES, Choice, Wanted, shorter_side
from intaglio.cli.gallery_record import Gallery, Source, Work
from intaglio.vocabulary.errors import SpecError
from intaglio.vocabulary.progress import Listener, Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[[Path], Any]

PAGE, SHEET, NUMBERS = "index.html", "gallery.jpg", "gallery.json"
_QUALITY = 92
# Contents and styles in memory at a time: those of one work, and some more since a style comes again for every network.
_HELD = 4


def hang(choice: Choice, folder: Path, device: str, listener: Listener) -> tuple[Gallery, int]:
    """Make the pictures that are missing in a folder, and note each in `gallery.json` as it is done.

    Page and sheet of an earlier gallery go before the first picture changes.

    Returns:
        The whole gallery, and how many works were made.

    Raises:
        IntaglioError: of the engine; or the folder cannot be written.

    """
    from intaglio.training.evaluate import write_json

    before, wanted = _gallery_in(folder), choice.works()
    read = functools.lru_cache(_HELD)(functools.partial(_read, size=choice.size))
    known = {work.picture: work for work in before.works} if before else {}
    done = {one.picture: known[one.picture] for one in wanted if _stands(folder, one, known)}
    missing = [one for one in wanted if one.picture not in done]
    (folder / PICTURES).mkdir(exist_ok=True)
    if missing:
        for name in (PAGE, SHEET):
            (folder / name).unlink(missing_ok=True)
    _copy_sources(choice, folder, before, read)
    began = time.monotonic()
    for number, one in enumerate(missing, 1):
        done[one.picture] = _paint(one, folder, device, read)
        write_json(folder / NUMBERS, _record(choice, wanted, done).model_dump(mode="json"))
        listener(_progress(one, number, len(missing), time.monotonic() - began))
    gallery = _record(choice, wanted, done)
    write_json(folder / NUMBERS, gallery.model_dump(mode="json"))
    return gallery, len(missing)


def _gallery_in(folder: Path) -> Gallery | None:
    """What the folder holds; nothing if that is not to be read, as it is then made anew."""
    try:
        return Gallery.parse(json.loads((folder / NUMBERS).read_bytes()), where=NUMBERS)
    except (OSError, ValueError, SpecError):
        return None


def _stands(folder: Path, one: Wanted, known: dict[str, Work]) -> bool:
    return one.picture in known and known[one.picture].facts == one.facts and (folder / one.picture).is_file()


def _copy_sources(choice: Choice, folder: Path, before: Gallery | None, read: "Read") -> None:
    """Contents and styles, at the size they are taken; those that stand are left alone."""
    from intaglio.images.whole import write_whole

    known: set[Source] = {*before.contents, *before.styles} if before and before.size == choice.size else set()
    for source, path in (*choice.contents, *choice.styles):
        if source not in known or not (folder / source.picture).is_file():
            write_whole(read(path), folder / source.picture, quality=_QUALITY)


def _read(path: Path, size: int) -> Any:
    """(H, W, 3), 8 bits."""
    from intaglio.images.header import read_header
    from intaglio.images.whole import read_whole

    header = read_header(path)
    return read_whole(path, shorter_side=shorter_side(header.width, header.height, size))


def _paint(one: Wanted, folder: Path, device: str, read: "Read") -> Work:
    from intaglio.images.whole import write_whole
    from intaglio.stylizing.stylize import stylize

    (content, content_path), (style, style_path), (network, pretrained) = one.content, one.style, one.network
    pictures = read(content_path), read(style_path)
    began = time.perf_counter()
    stylized = stylize(*pictures, model=pretrained, device=device)
    seconds = time.perf_counter() - began
    write_whole(stylized, folder / one.picture, quality=_QUALITY)
    return Work(
        content=content.name,
        style=style.name,
        network=network.name,
        picture=one.picture,
        facts=one.facts,
        megapixels=content.width * content.height / 1e6,
        seconds=seconds,
        conditions=_conditions(device),
    )


@functools.cache
def _conditions(device: str) -> str:
    from datetime import date

    from intaglio import __version__
    from intaglio.runtime.hardware import describe_hardware
    from intaglio.stylizing.run import default_device

    return f"{describe_hardware(default_device(device))}, intaglio {__version__}, {date.today().isoformat()}"


def _record(choice: Choice, wanted: list[Wanted], done: dict[str, Work]) -> Gallery:
    return Gallery(
        size=choice.size,
        contents=tuple(source for source, _ in choice.contents),
        styles=tuple(source for source, _ in choice.styles),
        networks=tuple(exhibitor for exhibitor, _ in choice.networks),
        works=tuple(done[one.picture] for one in wanted if one.picture in done),
    )


def _progress(one: Wanted, number: int, count: int, seconds: float) -> Progress:
    return Progress(
        task=f"{one.content[0].name} as {one.style[0].name}, {one.network[0].name}",
        step=1,
        steps=1,
        done=number,
        total=count,
        unit="pictures",
        seconds=seconds,
        remaining=seconds / number * (count - number),
    )
