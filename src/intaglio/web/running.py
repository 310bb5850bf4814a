"""From what a visitor asks for to a job of the engine, and from its errors to lines without paths."""

from pathlib import Path

from intaglio.storage.artifact import from_pretrained
from intaglio.stylizing.job import StyleJob
from intaglio.stylizing.picture_job import Limits
from intaglio.stylizing.run import default_device
from intaglio.vocabulary.errors import OptionError, UnknownNameError
from intaglio.web.caps import Caps
from intaglio.web.records import Wanted
from intaglio.web.store import Store

# How often a run notes where it is: what a kill or a pause costs at most.
_JOURNAL_SECONDS = 3.0


def prepare(store: Store, wanted: Wanted, device: str, networks: dict[str, str], caps: Caps, *, out: Path) -> StyleJob:
    """The job of the engine, checked and planned.

    Raises:
        IntaglioError: whatever the engine refuses; a style that a stroke enlarges beyond the cap.

    """
    if wanted.network not in networks:
        raise UnknownNameError(f"unknown network {wanted.network[:80]!r}; choose one of {', '.join(networks)}")
    job = StyleJob(
        from_pretrained(networks[wanted.network]),
        store.picture_folder(wanted.content) / "original",
        [store.picture_folder(style) / "original" for style in wanted.styles],
        out,
        options=wanted.options,
        limits=Limits(
            memory=caps.memory, device=default_device(device), pixel_budget=caps.pixels, journal_seconds=_JOURNAL_SECONDS
        ),
    )
    largest = max(job.styles, key=lambda style: style.pixels)
    if largest.pixels > caps.pixels:
        raise OptionError(
            f"a stroke of {wanted.options.stroke:g} enlarges a style to {largest.pixels / 1e6:,.0f} Mpx, over the "
            f"{caps.pixels / 1e6:,.0f} Mpx that pictures may have here; give a smaller stroke"
        )
    return job


def plain(error: Exception, store: Store, wanted: Wanted) -> str:
    """An error's line, with the names of pictures in the place of paths."""
    text = str(error)
    for key in (wanted.content, *wanted.styles):
        picture = store.picture(key)
        text = text.replace(str(store.picture_folder(key) / "original"), picture.name if picture else "the picture")
    return text.replace(str(store.folder.resolve()), "the server's folder").replace(str(store.folder), "the server's folder")
