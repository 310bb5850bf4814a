"""Reports of studies over HTTP: the pages that `intaglio study report` wrote."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse
from starlette.responses import Response

from intaglio.vocabulary.spec import Spec
from intaglio.web.caps import Id
from intaglio.web.pictures import REFUSALS, Here

router = APIRouter(tags=["studies"])
# A report is one file with its own style and script; in a sandbox it can reach nothing else of the server.
_POLICY = "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


class StudyRecord(Spec):
    """A report at hand."""

    id: Id
    name: str


@router.get("/studies", responses=REFUSALS)
def _list_studies(studio: Here) -> list[StudyRecord]:
    """The reports at hand."""
    return [StudyRecord(id=key, name=folder.resolve().name) for key, folder in studio.reports.items()]


@router.get("/studies/{key}", responses=REFUSALS, response_class=FileResponse)
def _get_report(key: Id, studio: Here) -> Response:
    """One report, a page."""
    page = studio.reports[key] / "index.html" if key in studio.reports else None
    if page is None or not page.is_file():
        raise HTTPException(404, "no such report")
    return FileResponse(page, media_type="text/html", headers={"Content-Security-Policy": _POLICY})
