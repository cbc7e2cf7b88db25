"""Double opt-in: a page with the words that are agreed to and a button. Looking confirms nothing, pressing does."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from nurture.domain.consent import Basis, Consent
from nurture.domain.events import EventKind
from nurture.domain.lead import Purpose
from nurture.domain.tokens import verify
from nurture.domain.touch import LedgerRow
from nurture.web.facts import AtHome, House
from nurture.web.pages import page
from nurture.web.preferences import answering
from nurture.web.problems import Refusal

router = APIRouter(include_in_schema=False)


@router.api_route("/confirm/{token}", methods=["GET", "HEAD"])
async def offer(token: str, request: Request, home: AtHome) -> Response:
    """Show the words and the button. Scanners open every link, so this changes nothing."""
    row = await _row(token, home)
    return page(request, "confirm.html", token=token, wording=row.touch.wording, done=False)


@router.post("/confirm/{token}")
async def confirm(token: str, request: Request, home: AtHome) -> Response:
    """Store the consent with its exact words. Pressing again is the same yes: it does not lift a no that came later."""
    row = await _row(token, home)
    touch, now = row.touch, home.doors.clock.now()
    receipt = Consent(
        touch.lead,
        touch.channel,
        Purpose.MARKETING,
        Basis.EXPRESS_WRITTEN,
        now,
        "double opt-in",
        touch.wording,
        proof=f"{home.doors.public_url}/confirm/ in answer to {touch.id}",
    )
    yes = answering(row, EventKind.OPTED_IN, f"confirmed:{row.ref}", now)
    await home.take(replace(yes, details={"channel": str(touch.channel), "how": "link"}), receipt=receipt)
    return page(request, "confirm.html", token=token, wording=touch.wording, done=True)


async def _row(token: str, home: House) -> LedgerRow:
    ref = verify(home.doors.secret, "confirm", token)
    row = await home.doors.ledger.find_by_ref(ref) if ref else None
    if row is None or not row.touch.wording:
        raise Refusal(404, "This link was cut off on its way. Please open it again from the message.")
    return row
