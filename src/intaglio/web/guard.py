"""`Guard`: what every request must pass before anything else sees it, and what every answer carries.

Host and Origin are checked (rebinding of names, forged requests of other sites), a cookie or a bearer token is asked for, and
bodies end at a cap. Answers forbid whatever the page does not need.
"""

import hmac
from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intaglio.web.caps import Caps

OPEN = ("/", "/study", "/login", "/static/")
"""What may be asked for without the token: nothing of it tells or changes anything."""
_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def policy(style: str = "'self'") -> str:
    """What a page may do.

    Args:
        style: where its styles may come from.

    """
    return (
        f"default-src 'none'; script-src 'self'; style-src {style}; img-src 'self' blob:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


_HEADERS = {
    "Content-Security-Policy": policy(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Stands before an application.

    Args:
        app: the application.
        token: of this launch.
        hosts: names that may stand in `Host`, without a port.
        caps: of bodies.

    """

    def __init__(self, app: ASGIApp, token: str, hosts: Sequence[str], caps: Caps) -> None:
        self.app, self.token, self.hosts, self.caps = app, token, frozenset(hosts), caps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        headers = Headers(scope=scope)
        refusal = self._refused(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, answer)
            return
        await self.app(scope, self._capped(scope, headers, receive), answer)

    def _refused(self, scope: Scope, headers: Headers) -> Response | None:
        host, path, method = headers.get("host", ""), scope["path"], scope["method"]
        if _name_of(host) not in self.hosts:
            return _no(421, "this server does not go by that name")
        foreign = headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
        origin = headers.get("origin")
        if method in _CHANGES and (foreign or (origin is not None and urlsplit(origin).netloc != host)):
            return _no(403, "requests of other sites are not taken")
        if not (path in OPEN or path.startswith(OPEN[-1])) and not self._known(headers):
            return _no(401, "no token, or not that of this launch; open the address that the server printed")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or len(length) > 15 or int(length) > self._cap(scope):
            return _no(413, f"the body is over the {self._cap(scope)} bytes that are taken at once")
        return None

    def _known(self, headers: Headers) -> bool:
        given = headers.get("authorization", "").removeprefix("Bearer ") or token_in(headers)
        return hmac.compare_digest(given.encode(), self.token.encode())

    def _cap(self, scope: Scope) -> int:
        return self.caps.chunk_bytes if scope["method"] == "PUT" else self.caps.body_bytes

    def _capped(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        """A body without a stated length ends at the cap too: its sender is taken to be gone."""
        left = self._cap(scope)

        async def take() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            return {"type": "http.disconnect"} if left < 0 else message

        return receive if "content-length" in headers else take


def token_in(headers: Headers) -> str:
    """The token in the cookies; empty where there is none."""
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    port = headers.get("host", "").rpartition(":")[2]
    name = cookie_name(port)
    return cookies[name].value if name in cookies else ""


def cookie_name(port: str) -> str:
    """Cookies of a host are shared by its ports; servers are not to overwrite each other's."""
    return f"intaglio-{port}" if port.isdigit() else "intaglio"


def _name_of(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _no(status: int, detail: str) -> Response:
    # What is still to come of the request is not waited for.
    return JSONResponse({"detail": detail}, status, {"Connection": "close"})
