"""`application`: the server as an ASGI application: the page, the way in, and the API behind the guard."""

import asyncio
import hmac
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from intaglio.vocabulary.errors import InputError, IntaglioError
from intaglio.web import jobs, pictures, studies
from intaglio.web.assets import Assets
from intaglio.web.caps import Caps
from intaglio.web.desk import Desk
from intaglio.web.guard import Guard, cookie_name, policy
from intaglio.web.studio import Studio
from intaglio.web.text import Page
from intaglio.web.workers import Workers

_DESCRIPTION = """The API that the page uses. Send the token of the launch as a cookie, as the page does, or as a bearer token.

A picture is announced, its bytes are put in pieces at their offsets, and it is complete when the last has come.
Then jobs may name it."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What is decided when a server starts."""

    folder: Path
    """For everything that the page makes."""
    networks: dict[str, str]
    """Folders by name."""
    styles: tuple[Path, ...] = ()
    """Style pictures offered beside those that come along."""
    studies: tuple[Path, ...] = ()
    """Folders of reports."""
    devices: tuple[str, ...] = ("cpu",)
    caps: Caps = field(default_factory=Caps)
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    """Names it answers to."""
    password: str | None = None
    """Asked for at the door, in place of the launch's address; None to let in whoever knows the address."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))


def application(launch: Launch, desk: Desk) -> FastAPI:
    """Build it; workers start and end with it, and the desk ends with it."""
    studio = Studio(launch.folder, launch.networks, launch.devices, launch.caps, launch.studies, desk)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        workers = Workers(launch.folder, list(launch.devices), launch.networks, launch.caps)
        await asyncio.to_thread(studio.open, launch.styles)
        workers.start()
        yield
        await asyncio.to_thread(workers.close)
        studio.close()

    app = FastAPI(
        title="Intaglio",
        version=version("intaglio"),
        description=_DESCRIPTION,
        lifespan=life,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name.strip("_"),
    )
    app.state.studio = studio
    for part in (pictures, jobs, studies):
        app.include_router(part.router, prefix="/api")
    assets = Assets()
    _add_doors(app, launch, assets)
    app.mount(assets.address, assets)
    app.add_exception_handler(IntaglioError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_middleware(Guard, token=launch.token, hosts=launch.hosts, caps=launch.caps)
    return app


def _add_doors(app: FastAPI, launch: Launch, assets: Assets) -> None:
    """The pages, and the two ways to their cookie: the address with the token, and the password."""
    megapixels = round(launch.caps.pixels / 1e6)
    page, study, closed, login = (
        Page.filled(f"{name}.html", assets=assets.address, viewer=assets.viewer, megapixels=megapixels)
        for name in ("index", "study", "closed", "login")
    )
    door = closed if launch.password is None else login
    one_at_a_time = asyncio.Lock()

    def let_in(request: Request) -> Response:
        response = RedirectResponse("/", 303)
        name = cookie_name(str(request.url.port or ""))
        response.set_cookie(name, launch.token, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return response

    def known(request: Request) -> bool:
        name = cookie_name(str(request.url.port or ""))
        return hmac.compare_digest(request.cookies.get(name, "").encode(), launch.token.encode())

    @app.get("/", include_in_schema=False)
    async def index(request: Request, token: Annotated[str, Query(max_length=100)] = "") -> Response:
        """The page, for those who have the cookie."""
        if launch.password is None and hmac.compare_digest(token.encode(), launch.token.encode()):
            return let_in(request)
        return _shown(page) if known(request) else _shown(door, 401)

    @app.get("/study", include_in_schema=False)
    async def show_study(request: Request) -> Response:
        """The page of a study, which its address names after the `#`."""
        return _shown(study) if known(request) else _shown(door, 401)

    @app.post("/login", include_in_schema=False)
    async def enter(request: Request) -> Response:
        """Take the password; one try a second for all, so that guessing takes longer than anybody lives."""
        given = parse_qs(await request.body()).get(b"password", [b""])[0]
        async with one_at_a_time:
            if launch.password is not None and hmac.compare_digest(given, launch.password.encode()):
                return let_in(request)
            await asyncio.sleep(1)
        return _shown(login, 401)


def _shown(page: Page, status: int = 200) -> Response:
    """A page, with its own style allowed and no other inline."""
    return HTMLResponse(page.text, status, {"Content-Security-Policy": policy(page.style_source)})


async def _refused(_: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 422 if isinstance(error, InputError) else 507)


async def _invalid(_: Request, error: Exception) -> Response:
    """The first thing that is wrong, in a line; the value stays out, it may be anything."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return JSONResponse({"detail": f"{place}: {first['msg']}"}, 422)


async def _gone(_: Request, __: Exception) -> Response:
    return JSONResponse({"detail": "the body was cut off, or is over the cap"}, 413)
