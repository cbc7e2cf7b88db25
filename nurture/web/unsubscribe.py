"""The way out: a page that changes nothing, one click of a mail program (RFC 8058), and choices made on the page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.datastructures import FormData

from nurture.domain.events import Event, EventKind
from nurture.domain.tokens import verify
from nurture.domain.touch import LedgerRow
from nurture.web import preferences
from nurture.web.facts import AtHome, House
from nurture.web.pages import page
from nurture.web.problems import Refusal

router = APIRouter(include_in_schema=False)

ONE_CLICK = ("list-unsubscribe", "one-click")
SAVE = "save"


@router.api_route("/u/{token}", methods=["GET", "HEAD"])
async def offer(token: str, request: Request, home: AtHome) -> Response:
    """Show the choice. Scanners open every link, so this changes nothing (E2)."""
    row = await _row(token, home)
    return await _page(request, home, row, token)


@router.post("/u/{token}")
async def leave(token: str, request: Request, home: AtHome) -> Response:
    """Store the opt-out: everything for one click, else what was chosen on the page. Answers 200, never a redirect.

    No cookie, login or Referer is asked for, and a token never expires (E3).
    """
    row = await _row(token, home)
    form = await request.form()
    if _is_one_click(form):
        await home.take(await _opted_out(row, "", "one_click", home))
        return PlainTextResponse("You are unsubscribed.\n")
    choice = str(form.get("choice", ""))
    if choice == SAVE:
        return await _save(request, home, row, token, form)
    if choice not in ("channel", "everything"):
        return await _page(request, home, row, token, mistake="Please choose one of the two.", status=422)
    channel = str(row.touch.channel) if choice == "channel" else ""
    await home.take(await _opted_out(row, channel, "page", home))
    return await _page(request, home, row, token, done=choice)


async def _save(request: Request, home: House, row: LedgerRow, token: str, form: FormData) -> Response:
    shown = await preferences.choices_of(home, row.touch.lead)
    if shown is None:
        return await _page(request, home, row, token, mistake="We keep nothing about you that could be changed.")
    try:
        await preferences.save(home, row, form, shown)
    except ValueError:
        return await _page(request, home, row, token, mistake="Please choose what the page offers.", status=422)
    return await _page(request, home, row, token, done=SAVE)


async def _page(
    request: Request, home: House, row: LedgerRow, token: str, *, done: str = "", mistake: str = "", status: int = 200
) -> Response:
    shown = await preferences.choices_of(home, row.touch.lead)
    said: dict[str, Any] = {"channel": row.touch.channel, "token": token, "done": done, "mistake": mistake}
    return page(request, "unsubscribe.html", status=status, shown=shown, **said)


async def _row(token: str, home: House) -> LedgerRow:
    ref = verify(home.doors.secret, "unsubscribe", token)
    row = await home.doors.ledger.find_by_ref(ref) if ref else None
    if row is None:
        raise Refusal(
            404, "This link was cut off on its way. Please open it again from the message, or answer STOP to it."
        )
    return row


async def _opted_out(row: LedgerRow, channel: str, how: str, home: House) -> Event:
    """Return the fact. Ten identical clicks are one fact, but a no after a later yes is a new one.

    Hence the number of opt-ins so far is part of the id: an id of touch and channel alone would swallow the second no.
    """
    opt_ins = await preferences.turns_so_far(home, row.touch.lead, EventKind.OPTED_IN)
    id_ = f"opted_out:{row.ref}:{channel or 'all'}:{opt_ins}"
    plain = preferences.answering(row, EventKind.OPTED_OUT, id_, home.doors.clock.now())
    return replace(plain, details={"channel": channel, "scope": "marketing", "how": how})


def _is_one_click(form: FormData) -> bool:
    return any((name.lower(), str(value).strip().lower()) == ONE_CLICK for name, value in form.multi_items())
