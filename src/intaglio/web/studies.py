"""Reports of studies over HTTP: as data that the page draws, with their figures, and as the pages that `study report` wrote."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, HTTPException
from fastapi import Path as InPath
from fastapi.responses import FileResponse
from starlette.responses import Response

from intaglio.vocabulary.spec import Spec
from intaglio.web.caps import Id
from intaglio.web.pictures import REFUSALS, Here
from intaglio.web.reports import PAGE, TYPES, StudyFacts, figures_of, read_facts
from intaglio.web.studio import Studio

router = APIRouter(tags=["studies"])
# A report is one file with its own style and script; in a sandbox it can reach nothing else of the server.
_POLICY = "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
# A plot has its own style and nothing else.
_PLOT = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


class StudyRecord(Spec):
    """A report at hand."""

    id: Id
    name: str
    title: str
    """What was asked; empty where the folder does not say."""


@router.get("/studies", responses=REFUSALS)
def _list_studies(studio: Here) -> list[StudyRecord]:
    """The reports at hand."""
    found = [read_facts(key, folder) for key, folder in studio.reports.items()]
    return [StudyRecord(id=one.id, name=one.name, title=one.title) for one in found]


@router.get("/studies/{key}", responses=REFUSALS)
def _get_study(key: Id, studio: Here) -> StudyFacts:
    """What one report says, and which figures it has."""
    return read_facts(key, _folder(studio, key))


@router.get("/studies/{key}/figures/{number}", responses=REFUSALS, response_class=FileResponse)
def _get_figure(key: Id, number: Annotated[int, InPath(ge=0)], studio: Here) -> Response:
    """A plot or a contact sheet of a report."""
    found = figures_of(_folder(studio, key))
    if number >= len(found):
        raise HTTPException(404, "no such figure")
    path = found[number]
    return FileResponse(path, media_type=TYPES[path.suffix], headers={"Content-Security-Policy": _PLOT})


@router.get("/studies/{key}/report", responses=REFUSALS, response_class=FileResponse)
def _get_report(key: Id, studio: Here) -> Response:
    """One report as it was written, a page."""
    page = _folder(studio, key) / PAGE
    if not page.is_file():
        raise HTTPException(404, "no such report")
    return FileResponse(page, media_type="text/html", headers={"Content-Security-Policy": _POLICY})


def _folder(studio: Studio, key: str) -> Path:
    if key not in studio.reports:
        raise HTTPException(404, "no such study")
    return studio.reports[key]
