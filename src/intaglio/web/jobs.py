"""Jobs over HTTP: planned, queued, followed, paused, canceled, shown as tiles, downloaded."""

from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from intaglio.vocabulary.spec import Spec
from intaglio.web.caps import Caps, Id
from intaglio.web.copies import command_line, python
from intaglio.web.desk import convert
from intaglio.web.pictures import REFUSALS, Here, one_tile, pyramid
from intaglio.web.planning import plan
from intaglio.web.records import JobRecord, NetworkRecord, PlanRecord, Wanted
from intaglio.web.studio import Studio

router = APIRouter(tags=["jobs"])
_UNSETTLED = ("queued", "running", "paused")
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "As it was, by `If-None-Match`"}}
_TYPES = {"tif": "image/tiff", "png": "image/png", "jpg": "image/jpeg"}


class Wish(Spec):
    """What is wanted of a job."""

    wish: Literal["run", "pause", "cancel"]


class Copies(Spec):
    """A job elsewhere."""

    command_line: str
    python: str


@router.get("/networks", responses=REFUSALS)
async def _list_networks(studio: Here) -> list[NetworkRecord]:
    """The networks at hand."""
    return await studio.described()


@router.get("/caps", responses=REFUSALS)
def _get_caps(studio: Here) -> Caps:
    """What is refused."""
    return studio.caps


@router.post("/plans", responses=REFUSALS)
async def _make_plan(wanted: Wanted, studio: Here) -> PlanRecord:
    """What a stylization would take; nothing is run."""
    await run_in_threadpool(_check, studio, wanted)
    return await studio.desk.ask(plan, studio.store.folder, wanted, studio.devices[0], studio.networks, studio.caps)


@router.post("/jobs", status_code=201, responses=REFUSALS)
async def _add_job(wanted: Wanted, studio: Here) -> JobRecord:
    """Queue a stylization; whatever can be refused is refused now."""
    made = await _make_plan(wanted, studio)
    jobs = await run_in_threadpool(studio.store.jobs)
    if len(jobs) >= studio.caps.jobs or sum(one.state in _UNSETTLED for one in jobs) >= studio.caps.waiting:
        raise HTTPException(429, "too many jobs; remove some, or wait")
    return await run_in_threadpool(studio.store.add_job, wanted, made.width, made.height)


@router.get("/jobs", responses=REFUSALS | _UNCHANGED, response_model=list[JobRecord])
async def _list_jobs(request: Request, studio: Here, unsettled: bool = False) -> Response:
    """All jobs, or those that are not over; the newest first."""
    return await studio.followed.answer(unsettled, request.headers.get("if-none-match", ""))


@router.get("/jobs/{key}", responses=REFUSALS)
def _get_job(key: Id, studio: Here) -> JobRecord:
    """One job."""
    return studio.job(key)


@router.patch("/jobs/{key}", responses=REFUSALS)
def _wish(key: Id, wished: Wish, studio: Here) -> JobRecord:
    """Say what is wanted of a job; its state follows soon."""
    if studio.job(key).state not in _UNSETTLED:
        raise HTTPException(409, "it is over")
    studio.store.wish(key, wished.wish)
    return studio.job(key)


@router.delete("/jobs/{key}", status_code=204, responses=REFUSALS)
def _remove_job(key: Id, studio: Here) -> None:
    """Remove a job that does not run, with its result."""
    if studio.job(key).state == "running":
        raise HTTPException(409, "it runs; cancel it first")
    studio.store.remove_job(key)


@router.get("/jobs/{key}/copies", responses=REFUSALS)
def _get_copies(key: Id, studio: Here) -> Copies:
    """The same stylization as a command line and in Python."""
    wanted = studio.job(key).wanted
    content, *styles = (studio.picture(one).name for one in (wanted.content, *wanted.styles))
    return Copies(
        command_line=command_line(content, styles, wanted.network, wanted.options),
        python=python(content, styles, wanted.network, wanted.options),
    )


@router.get("/jobs/{key}/result.{suffix}", responses=REFUSALS, response_class=FileResponse)
async def _download(key: Id, suffix: Literal["tif", "png", "jpg"], request: Request, studio: Here) -> Response:
    """The result as a file; formats other than TIFF are made when they are first asked for."""
    job = await run_in_threadpool(studio.job, key)
    if job.state != "done":
        raise HTTPException(409, "it is not done")
    folder = studio.store.job_folder(key)
    path = folder / f"result.{suffix}"
    await studio.desk.ask(convert, folder / "result.tif", path)
    stem = (await run_in_threadpool(studio.picture, job.wanted.content)).name.rpartition(".")[0] or "picture"
    return FileResponse(path, media_type=_TYPES[suffix], filename=f"{stem}-{job.wanted.network}.{suffix}")


@router.get("/jobs/{key}/tiles.dzi", responses=REFUSALS, response_class=Response)
def _job_pyramid(key: Id, studio: Here) -> Response:
    """The pyramid of the result, for viewers of Deep Zoom."""
    found = studio.job(key)
    return pyramid(found.width, found.height)


@router.get("/jobs/{key}/tiles_files/{level}/{x}_{y}.jpg", responses=REFUSALS, response_class=FileResponse)
def _job_tile(key: Id, level: int, x: int, y: int, studio: Here) -> Response:
    """One tile of 256 pixels; transparent where it is not rendered yet."""
    return one_tile(studio.store.job_folder(key), level, x, y)


def _check(studio: Studio, wanted: Wanted) -> None:
    for key in (wanted.content, *wanted.styles):
        if studio.picture(key).state != "ready":
            raise HTTPException(409, "a picture has not arrived yet")
