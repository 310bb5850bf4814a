"""`Studio`: what the routes work with: the store, the desk, and what was decided at the launch."""

import asyncio
import hashlib
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from fastapi import HTTPException, Request

from intaglio.images.header import PIXEL_BUDGET
from intaglio.samples import CONTENT, ENGRAVING, LANDSCAPE, PAINTING, WINDOW
from intaglio.web.caps import Caps
from intaglio.web.desk import Desk, header, tile
from intaglio.web.following import Followed
from intaglio.web.planning import describe
from intaglio.web.records import JobRecord, NetworkRecord, PictureRecord
from intaglio.web.store import Store

# Seconds after which an upload that was left unfinished goes.
_ABANDONED = 24 * 3600.0


class Studio:
    """One server's.

    Args:
        folder: of the store.
        networks: folders by name.
        devices: that workers run on; plans are for the first.
        caps: of everything.
        reports: folders of studies' reports.
        desk: ended by `close`.

    """

    def __init__(
        self, folder: Path, networks: dict[str, str], devices: Sequence[str], caps: Caps, reports: Sequence[Path], desk: Desk
    ) -> None:
        self.store, self.desk = Store(folder), desk
        self.followed = Followed(self.store)
        self.networks, self.devices, self.caps = networks, devices, caps
        self.reports = {_key("study", path): path for path in reports}
        self.writing = threading.Lock()
        """Held while bytes of an upload are written."""
        self._facts: asyncio.Future[list[NetworkRecord]] | None = None

    def open(self, styles: Sequence[Path]) -> None:
        """Put pictures that come along into the store, drop uploads that were given up, and go on with tiles."""
        for role, paths in (("photo", (LANDSCAPE, CONTENT)), ("style", (PAINTING, ENGRAVING, WINDOW, *styles))):
            for path in paths:
                self._bring(path, role)
        for picture in self.store.pictures():
            if picture.state == "ready" and not picture.tiled:
                self.tile(picture.id)
        for key in self.store.abandoned(time.time() - _ABANDONED):
            self.store.remove_picture(key)

    def close(self) -> None:
        """End the desk, and let the store go."""
        self.followed.close()
        self.desk.close()

    def tile(self, key: str) -> None:
        """Have a picture's tiles written."""
        folder = self.store.picture_folder(key)
        self.desk.submit(tile, folder / "original", folder / "tiles").add_done_callback(
            lambda work: self.store.change_picture(key, tiled=not work.cancelled() and work.exception() is None)
        )

    async def described(self) -> list[NetworkRecord]:
        """The networks, with measured speeds where there are jobs to measure."""
        if self._facts is None:
            self._facts = asyncio.ensure_future(self.desk.ask(describe, self.networks, self.devices[0]))
        found: list[NetworkRecord] = []
        done = await asyncio.to_thread(self.store.jobs)
        for network in await self._facts:
            paces = [
                job.seconds * 1e6 / (job.width * job.height)
                for job in done
                if job.state == "done" and job.wanted.network == network.name and job.device == self.devices[0]
            ]
            change = {"seconds_per_megapixel": median(paces), "measured": True} if paces else {}
            found.append(network.model_copy(update=change))
        return found

    def picture(self, key: str) -> PictureRecord:
        """One that exists.

        Raises:
            HTTPException: 404.

        """
        found = self.store.picture(key)
        if found is None:
            raise HTTPException(404, "no such picture")
        return found

    def job(self, key: str) -> JobRecord:
        """One that exists.

        Raises:
            HTTPException: 404.

        """
        found = self.store.job(key)
        if found is None:
            raise HTTPException(404, "no such job")
        return found

    def _bring(self, path: Path, role: str) -> None:
        key = _key(role, path)
        if self.store.picture(key) is not None:
            return
        width, height = self.desk.submit(header, path, PIXEL_BUDGET).result()
        self.store.add_picture(path.name, path.stat().st_size, role, sample=True, key=key)
        shutil.copyfile(path, self.store.picture_folder(key) / "original")
        self.store.change_picture(key, received=path.stat().st_size, state="ready", width=width, height=height)


def studio_of(request: Request) -> Studio:
    """The studio of the application that was asked."""
    studio: Studio = request.app.state.studio
    return studio


def _key(role: str, path: Path) -> str:
    return hashlib.sha256(f"{role} {path.name if path.parent == LANDSCAPE.parent else path.resolve()}".encode()).hexdigest()[
        :16
    ]
