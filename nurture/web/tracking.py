"""Open pixel and click redirect. Where a click leads is only ever what our own table says (S1)."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Scalar
from nurture.domain.tokens import verify
from nurture.domain.touch import LedgerRow
from nurture.web.facts import AtHome, House
from nurture.web.problems import Refusal
from nurture.web.visitors import Visitor, visitor

logger = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""A transparent GIF of one pixel."""
NO_STORE = {
    "cache-control": "no-store, no-cache, must-revalidate, private, max-age=0",
    "pragma": "no-cache",
    "expires": "0",
}


@router.head("/o/{token}.gif")
async def pixel_head() -> Response:
    """Answer a probe; it changes nothing."""
    return Response(media_type="image/gif", headers=NO_STORE)


@router.get("/o/{token}.gif")
async def pixel(token: str, request: Request, home: AtHome) -> Response:
    """Serve the pixel, whatever happens; store OPENED when the token is ours.

    An open is no human evidence (S3), so one per touch and hour is kept: whoever holds the token cannot fill the store.
    """
    try:
        await _opened(token, request, home)
    except Exception:
        # An image that fails is visible to the reader, and an open proves nothing: the loss is logged, not shown.
        logger.exception("an open could not be stored")
    return Response(PIXEL, media_type="image/gif", headers=NO_STORE)


async def _opened(token: str, request: Request, home: House) -> None:
    ref = verify(home.doors.secret, "open", token)
    row = await home.doors.ledger.find_by_ref(ref) if ref else None
    if row is None:
        return
    now = home.doors.clock.now()
    details = {"ua": visitor(request.method, request.headers).ua}
    await home.take(_answer(row, EventKind.OPENED, f"opened:{ref}:{now:%Y%m%dT%H}", home, details))


@router.api_route("/c/{token}", methods=["GET", "HEAD"])
async def click(token: str, request: Request, home: AtHome) -> Response:
    """Store the click, then redirect to the stored target of the link, or 404 when there is none of ours.

    A person and a machine on the same link are two facts; the same one within a minute is a repeat.
    """
    ref, _, link = (verify(home.doors.secret, "click", token) or "").partition("|")
    found = await home.doors.links.target(link) if ref and link else None
    if found is None or not _goes_outside(found[0]):
        raise Refusal(404, "This link is not one of ours or was cut off on its way.")
    row = await home.doors.ledger.find_by_ref(ref)
    if row is not None:
        await home.take(_clicked(row, link, found[1], visitor(request.method, request.headers), home))
    return RedirectResponse(found[0], 302, headers=NO_STORE)


def _clicked(row: LedgerRow, link: str, name: str, who: Visitor, home: House) -> Event:
    minute = home.doors.clock.now().strftime("%Y%m%dT%H%M")
    id_ = f"clicked:{row.ref}:{link}:{'person' if who.human else 'machine'}:{minute}"
    return _answer(row, EventKind.CLICKED, id_, home, {"link": name, "human": who.human, "ua": who.ua})


def _answer(row: LedgerRow, kind: EventKind, id_: str, home: House, details: Mapping[str, Scalar]) -> Event:
    return Event(
        id=id_,
        kind=kind,
        lead=row.touch.lead,
        at=home.doors.clock.now(),
        touch=row.touch.id,
        sequence=row.touch.sequence,
        step=row.touch.step,
        details=dict(details),
    )


def _goes_outside(url: str) -> bool:
    """Whether the target is a web address without control characters, which could forge a header."""
    return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).netloc) and url.isprintable()
