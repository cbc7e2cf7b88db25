"""The web app, put together: one list of doors, the guards around them, the session, and the errors' words."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from starlette.middleware.sessions import SessionMiddleware

from nurture.web import (
    api,
    confirming,
    handbook,
    health,
    inbox,
    lead_page,
    login,
    problems,
    reports,
    tracking,
    unsubscribe,
    webhooks,
)
from nurture.web.counters import Counters
from nurture.web.doors import Doors
from nurture.web.facts import House
from nurture.web.guards import Guards
from nurture.web.pages import STATIC
from nurture.web.problems import Refusal

HTMX = Path(str(files("js_lib_htmx"))) / "static" / "htmx" / "htmx.min.js"
FILES = {name: STATIC / name for name in ("nurture.css", "icon.svg", "icons.svg")} | {"htmx.min.js": HTMX}
"""All static files there are; nothing else can be asked for by name."""

DOORS = (
    tracking.router,
    unsubscribe.router,
    confirming.router,
    webhooks.router,
    api.router,
    login.router,
    inbox.router,
    lead_page.router,
    reports.router,
    handbook.router,
    health.router,
)


def create_app(doors: Doors) -> FastAPI:
    """Return the app. The built-in /docs would load scripts from elsewhere, so it is off; ours is in `handbook`."""
    app = FastAPI(
        title="Nurture",
        version="1",
        description="Leads, events, enrolments, tasks and hand-offs.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    counters = Counters()
    app.state.house = House(doors, counters)
    app.state.throttle = login.Throttle()
    for router in DOORS:
        app.include_router(router)
    app.add_api_route("/static/{name}", static_file, include_in_schema=False)
    problems.install(app)
    app.add_exception_handler(login.GoToLogin, login.to_login)
    app.add_middleware(
        SessionMiddleware,
        secret_key=login.session_secret(doors),
        session_cookie=login.COOKIE,
        max_age=login.SESSION_SECONDS,
        same_site="lax",
        https_only=doors.public_url.startswith("https://"),
    )
    app.add_middleware(Guards, counters=counters, bug=problems.bug)
    return app


async def static_file(name: str) -> Response:
    """Serve one of FILES; browsers may keep it for an hour."""
    if name not in FILES:
        raise Refusal(404, "There is no such file.")
    return FileResponse(FILES[name], headers={"cache-control": "public, max-age=3600"})
