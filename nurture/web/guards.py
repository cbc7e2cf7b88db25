"""What every request passes first: size limits, the cross-site guard, and headers that keep browsers strict."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nurture.web.counters import Counters

logger = logging.getLogger(__name__)

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
STRICT = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
NOT_BY_COOKIE = ("/u/", "/confirm/", "/webhooks/", "/api/")
"""Doors that never look at the session: their authority is a token, a signature or a key, which no other site has."""
LIMITS = (("/webhooks/email/", 40_000_000), ("/api/", 5_000_000), ("/webhooks/", 1_000_000), ("", 64_000))
"""The largest body of each door in bytes, first match wins."""


class TooLarge(HTTPException):
    """The body passed its door's limit while it was read."""

    def __init__(self) -> None:
        super().__init__(413, "The body is too large for this door.")


class Guards:
    """ASGI middleware around the whole app. `bug` makes the answer when a route raised something unforeseen."""

    def __init__(self, app: ASGIApp, counters: Counters, bug: Callable[[Request], Response]) -> None:
        self.app, self.counters, self.bug = app, counters, bug

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what must not come in, let the rest pass with a bounded body, and harden and count the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started: list[bool] = []
        say = self._strictly(scope, send, started)
        refusal = refuse_other_sites(scope) or refuse_large(scope)
        try:
            await (refusal or self.app)(scope, bounded(scope, receive), say)
        except Exception:
            logger.exception("%s to the door %s failed", scope["method"], door_of(scope["path"]))
            if started:
                raise
            await self.bug(Request(scope, receive))(scope, receive, say)

    def _strictly(self, scope: Scope, send: Send, started: list[bool]) -> Send:
        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.append(True)
                headers = MutableHeaders(scope=message)
                for name, value in STRICT.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
                status = str(message["status"])
                self.counters.add("nurture_http_requests_total", door=door_of(scope["path"]), status=status)
            await send(message)

        return say


def door_of(path: str) -> str:
    """Return the door a path belongs to: its first word when it is one of ours, else "other"."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    known = {
        "o",
        "c",
        "u",
        "confirm",
        "webhooks",
        "api",
        "inbox",
        "login",
        "logout",
        "leads",
        "reports",
        "static",
        "docs",
    }
    return first if first in known | {"healthz", "readyz", "metrics"} else "other"


def refuse_other_sites(scope: Scope) -> JSONResponse | None:
    """Return a 403 when a browser says that another site caused this change; None otherwise.

    Browsers send Sec-Fetch-Site, older ones at least Origin, and neither can be forged by a page. A client that sends
    neither is no browser and carries no cookie of a person. Together with SameSite=Lax this needs no token in forms.
    """
    if scope["method"] in SAFE or str(scope["path"]).startswith(NOT_BY_COOKIE):
        return None
    headers = Headers(scope=scope)
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    fine = site in ("same-origin", "none") if site else not origin or urlsplit(origin).netloc == headers.get("host")
    return None if fine else _no(403, "This change was asked for by another site and was refused.")


def refuse_large(scope: Scope) -> JSONResponse | None:
    """Return a 413 when the announced body is over its door's limit, a 400 when the length is no number."""
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isascii() or not length.isdigit():
        return _no(400, "Content-Length is not a number.")
    return _no(413, "The body is too large for this door.") if int(length) > limit_of(scope["path"]) else None


def limit_of(path: str) -> int:
    """Return the largest body of the door in bytes."""
    return next(limit for start, limit in LIMITS if path.startswith(start))


def bounded(scope: Scope, receive: Receive) -> Receive:
    """Return a `receive` that raises TooLarge when a body without an honest length grows past its door's limit."""
    room = limit_of(scope["path"])
    seen = 0

    async def take() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > room:
            raise TooLarge
        return message

    return take


def _no(status: int, detail: str) -> JSONResponse:
    title = {400: "Bad Request", 403: "Forbidden", 413: "Content Too Large"}[status]
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": []}
    return JSONResponse(body, status, media_type="application/problem+json")
