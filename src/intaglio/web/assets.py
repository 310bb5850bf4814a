"""`Assets`: the files of the page at an address that names their content, so that browsers keep them and never ask again."""

import hashlib
import os
from importlib.resources import files
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(str(files("intaglio.web").joinpath("static")))
_VIEWER = "openseadragon.min.js"
_KEPT = "private, max-age=31536000, immutable"


class Assets(StaticFiles):
    """Serves one folder.

    Args:
        folder: with everything that pages ask for.

    """

    def __init__(self, folder: Path = STATIC) -> None:
        super().__init__(directory=folder)
        content = hashlib.sha256()
        for path in sorted(folder.iterdir()):
            content.update(f"{path.name} {path.stat().st_size} ".encode() + path.read_bytes())
        self.address = f"/static/{content.hexdigest()[:12]}"
        """Where they are."""
        self.viewer = (folder / _VIEWER).is_file()
        """Whether there is deep zoom; npm brings it."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """A file, to be kept: another content has another address."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = _KEPT
        return response
