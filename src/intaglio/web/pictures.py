"""Pictures over HTTP: announced, put in pieces at their offsets, looked at, shown as tiles."""

import asyncio
import os
import shutil
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import FileResponse
from pydantic import Field, StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from intaglio.images.deep_zoom import TILE
from intaglio.vocabulary.errors import PictureError
from intaglio.vocabulary.spec import Spec
from intaglio.web.caps import Id
from intaglio.web.desk import header
from intaglio.web.records import PictureRecord
from intaglio.web.studio import Studio, studio_of

Here = Annotated[Studio, Depends(studio_of)]
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "Not to be read at all"},
    401: {"description": "No token, or another one"},
    403: {"description": "Asked by another site"},
    404: {"description": "No such thing"},
    405: {"description": "Not in this way"},
    408: {"description": "Too slow"},
    409: {"description": "Not in this state"},
    413: {"description": "More bytes than are taken at once"},
    421: {"description": "Asked by another name"},
    422: {"description": "Something of it is wrong; `detail` says what"},
    429: {"description": "Too many at a time"},
    507: {"description": "No room"},
}
"""What a request may be refused with."""
# Kept free on the disk whatever is uploaded.
_MARGIN = 500_000_000
_BYTES = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}

router = APIRouter(tags=["pictures"])


class Announced(Spec):
    """A picture whose bytes are to come."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
    """To be shown; never the name of a file here."""
    bytes: int = Field(gt=0)
    role: Literal["photo", "style"] = "photo"


@router.get("/pictures", responses=REFUSALS)
def _list_pictures(studio: Here) -> list[PictureRecord]:
    """All pictures: those that come along, then the newest first."""
    return studio.store.pictures()


@router.post("/pictures", status_code=201, responses=REFUSALS)
def _announce(announced: Announced, studio: Here) -> PictureRecord:
    """Announce a picture."""
    caps, known = studio.caps, studio.store.pictures()
    if announced.bytes > caps.upload_bytes:
        raise HTTPException(413, f"{announced.bytes:,} bytes are over the {caps.upload_bytes:,} that a file may have here")
    if len(known) >= caps.pictures or sum(one.state == "arriving" for one in known) >= caps.unfinished:
        raise HTTPException(429, "too many pictures, or too many uploads at a time; remove some")
    if shutil.disk_usage(studio.store.folder).free < announced.bytes + _MARGIN:
        raise HTTPException(507, "the server's disk has no room for it")
    return studio.store.add_picture(announced.name, announced.bytes, announced.role)


@router.put("/pictures/{key}/content", responses=REFUSALS, openapi_extra=_BYTES)
async def _put_bytes(key: Id, request: Request, studio: Here, offset: Annotated[int, Query(ge=0)]) -> PictureRecord:
    """Put the next bytes, from where the last ended; with the last of all, the picture is looked at."""
    picture = await run_in_threadpool(studio.picture, key)
    try:
        async with asyncio.timeout(studio.caps.chunk_seconds):
            content = await request.body()
    except TimeoutError:
        # Whoever dribbles on holds no connection.
        slow = "the bytes came too slowly; go on at the same offset"
        raise HTTPException(408, slow, {"Connection": "close"}) from None
    if picture.state != "arriving" or len(content) > picture.bytes - offset:
        raise HTTPException(409, "more bytes than were announced, or they are all there")
    path = studio.store.picture_folder(key) / "original"
    if await run_in_threadpool(_append, studio, key, path, offset, content) < picture.bytes:
        return await run_in_threadpool(studio.picture, key)
    try:
        width, height = await studio.desk.ask(header, path, studio.caps.pixels)
    except PictureError as error:
        await run_in_threadpool(studio.store.remove_picture, key)
        raise HTTPException(422, str(error).replace(str(path), picture.name)) from None
    await run_in_threadpool(studio.store.change_picture, key, state="ready", width=width, height=height)
    studio.tile(key)
    return await run_in_threadpool(studio.picture, key)


def _append(studio: Studio, key: str, path: Path, offset: int, content: bytes) -> int:
    """Write; gives how many bytes there are then."""
    with studio.writing:
        if studio.picture(key).received != offset:
            raise HTTPException(409, "another offset is next; `received` of the picture says which")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, content, offset)
        finally:
            os.close(descriptor)
        studio.store.change_picture(key, received=offset + len(content))
    return offset + len(content)


@router.get("/pictures/{key}", responses=REFUSALS)
def _get_picture(key: Id, studio: Here) -> PictureRecord:
    """One picture."""
    return studio.picture(key)


@router.delete("/pictures/{key}", status_code=204, responses=REFUSALS)
def _remove_picture(key: Id, studio: Here) -> None:
    """Remove a picture that no job names."""
    if studio.picture(key).sample or any(key in (one.wanted.content, *one.wanted.styles) for one in studio.store.jobs()):
        raise HTTPException(409, "it comes along with the server, or a job names it")
    studio.store.remove_picture(key)


@router.get("/pictures/{key}/tiles.dzi", responses=REFUSALS, response_class=Response)
def _picture_pyramid(key: Id, studio: Here) -> Response:
    """Its pyramid, for viewers of Deep Zoom."""
    found = studio.picture(key)
    return pyramid(found.width, found.height)


@router.get("/pictures/{key}/tiles_files/{level}/{x}_{y}.jpg", responses=REFUSALS, response_class=FileResponse)
def _picture_tile(key: Id, level: int, x: int, y: int, studio: Here) -> Response:
    """One tile of 256 pixels."""
    return one_tile(studio.store.picture_folder(key), level, x, y)


def pyramid(width: int, height: int) -> Response:
    """The descriptor of a Deep Zoom pyramid."""
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?><Image xmlns="http://schemas.microsoft.com/deepzoom/2008" '
        f'Format="jpg" Overlap="0" TileSize="{TILE}"><Size Width="{width}" Height="{height}"/></Image>',
        media_type="application/xml",
    )


def one_tile(folder: Path, level: int, x: int, y: int) -> Response:
    """A tile as it is, complete or not.

    Raises:
        HTTPException: 404.

    """
    name = folder / "tiles" / str(level) / f"{x}_{y}"
    complete, partial = name.with_suffix(".jpg"), name.with_suffix(".webp")
    if complete.is_file():
        return FileResponse(complete, headers={"Cache-Control": "private, max-age=31536000, immutable"})
    if partial.is_file():
        return FileResponse(partial)
    raise HTTPException(404, "no such tile, or not yet")
