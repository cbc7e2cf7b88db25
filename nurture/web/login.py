"""Who is at the inbox: a rep's key becomes a signed cookie, compared in constant time; guesses are slowed down."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from nurture.domain.tasks import Rep
from nurture.web.doors import Doors
from nurture.web.facts import AtHome, House
from nurture.web.pages import page
from nurture.web.problems import Refusal

router = APIRouter(include_in_schema=False)

COOKIE = "nurture_session"
SESSION_SECONDS = 12 * 3_600
"""A working day, on the wall clock."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The rep behind this request; `team` by id, so that pages can name colleagues."""

    id: str
    name: str
    team: dict[str, Rep]


class GoToLogin(Exception):
    """A page for reps was asked for by nobody we know."""


class Throttle:
    """At most `tries` wrong keys a minute from one address, and ten times as many from all of them together.

    Wall-clock seconds; memory is bounded because the common limit is. In memory of one process: several processes
    multiply the limit by their number.
    """

    def __init__(self, tries: int = 5, seconds: float = 60.0, now: Callable[[], float] = time.monotonic) -> None:
        self.tries, self.seconds, self.now = tries, seconds, now
        self._wrong: deque[tuple[float, str]] = deque()

    def is_closed(self, address: str) -> bool:
        """Whether this address must wait before it may try again."""
        while self._wrong and self._wrong[0][0] <= self.now() - self.seconds:
            self._wrong.popleft()
        mine = sum(who == address for _, who in self._wrong)
        return mine >= self.tries or len(self._wrong) >= 10 * self.tries

    def wrong(self, address: str) -> None:
        """Remember a wrong key."""
        self._wrong.append((self.now(), address))


def session_secret(doors: Doors) -> str:
    """Return the key of the session cookie: derived, so that it is of no use for links."""
    return hmac.new(doors.secret, b"rep session", hashlib.sha256).hexdigest()


def rep_with(doors: Doors, key: str) -> str:
    """Return the rep whose key this is, or "". Every key is compared in constant time, found or not."""
    given = hashlib.sha256(key.encode()).digest()
    found = ""
    for rep, theirs in doors.rep_keys.items():
        same = hmac.compare_digest(given, hashlib.sha256(theirs.encode()).digest())
        found = rep if same and theirs else found
    return found


async def signed_in(request: Request, home: AtHome) -> SignedIn:
    """Return who is asking. Raises GoToLogin for a page and a 401 for a change."""
    rep = str(request.session.get("rep", ""))
    key = home.doors.rep_keys.get(rep, "")
    if not key or not hmac.compare_digest(str(request.session.get("mark", "")), _mark(home.doors, key)):
        if request.method not in ("GET", "HEAD"):
            raise Refusal(401, "Please log in first; nothing was changed.")
        raise GoToLogin
    team = {member.id: member for member in await home.doors.tasks.reps()}
    name = team[rep].name if rep in team else rep
    request.state.rep, request.state.zone = name, team[rep].timezone if rep in team else "UTC"
    return SignedIn(rep, name, team)


Me = Annotated[SignedIn, Depends(signed_in)]
"""A route's parameter: only logged-in reps get past it."""


async def to_login(request: Request, _: Exception) -> Response:
    """Send a person to the login page and remember where they wanted to go. htmx is told to reload."""
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"hx-refresh": "true"})
    return RedirectResponse(request.url_for("login").path + f"?next={request.url.path}", 303)


@router.get("/login", name="login")
async def ask_key(request: Request) -> Response:
    """Ask for the key."""
    return page(request, "login.html", next=_local(request.query_params.get("next", "")), mistake="")


@router.post("/login")
async def log_in(request: Request, home: AtHome) -> Response:
    """Let a rep in by key, or say no without saying why."""
    form = await request.form()
    goal = _local(str(form.get("next", "")))
    throttle: Throttle = request.app.state.throttle
    address = request.client.host if request.client else ""
    if throttle.is_closed(address):
        wait = {"retry-after": str(int(throttle.seconds))}
        said = "Too many wrong keys. Please wait a minute and try again."
        return page(request, "login.html", status=429, headers=wait, next=goal, mistake=said)
    rep = rep_with(home.doors, str(form.get("key", "")))
    if not rep:
        return _wrong(request, home, throttle, address, goal)
    request.session.clear()
    request.session.update(rep=rep, mark=_mark(home.doors, home.doors.rep_keys[rep]))
    return RedirectResponse(goal, 303)


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """Forget the rep."""
    request.session.clear()
    return RedirectResponse("/login", 303)


def _wrong(request: Request, home: House, throttle: Throttle, address: str, goal: str) -> Response:
    throttle.wrong(address)
    home.counters.add("nurture_login_failures_total")
    return page(request, "login.html", status=401, next=goal, mistake="That key does not open the inbox.")


def _mark(doors: Doors, key: str) -> str:
    """Return a sign of the key itself: a session dies when its rep's key is changed."""
    return hmac.new(doors.secret, b"rep key\0" + key.encode(), hashlib.sha256).hexdigest()[:16]


def _local(goal: str) -> str:
    """Return a path of our own, never another site's: browsers read `//x` and `/\\x` as hosts."""
    fine = goal.startswith("/") and not goal.startswith(("//", "/\\")) and goal.isprintable()
    return goal if fine else "/inbox"
