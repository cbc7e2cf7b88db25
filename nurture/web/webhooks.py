"""What providers call: Twilio's messages and status callbacks, signed, and raw mail from a relay, with the API key."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.datastructures import FormData
from twilio.request_validator import RequestValidator, get_signature_algorithm

from nurture.domain.blame_twilio import meaning_of, switches_of
from nurture.domain.errors import Invalid
from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.touch import ON_THE_WIRE, LedgerRow, TouchState
from nurture.inbound.twilio import fate_facts, read_fate, read_text, text_facts
from nurture.web.api.key import with_key
from nurture.web.facts import AtHome, House
from nurture.web.problems import Refusal

logger = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)

TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
"""Twilio's "nothing to answer": an engine that answers by itself starts loops."""


async def genuine(request: Request, home: AtHome) -> FormData:
    """Return the form of a call that Twilio signed; 403 for any other, with nothing stored (T10).

    The signature covers the URL that Twilio called: the configured public one, never a Host header, plus our path and
    query, and every field of the form. The validator accepts the URL with and without its default port.
    """
    form = await request.form()
    signature = request.headers.get("x-twilio-signature", "")
    url = home.doors.public_url.rstrip("/") + request.url.path + (f"?{request.url.query}" if request.url.query else "")
    algorithm = get_signature_algorithm(request.headers.get("x-twilio-webhooks-signature-settings"))
    validator = RequestValidator(home.doors.twilio_token)
    if not home.doors.twilio_token or not signature or not validator.validate(url, form, signature, algorithm):
        home.counters.add("nurture_webhook_refusals_total", door=request.url.path.rpartition("/")[2])
        logger.warning("a call to %s had no genuine signature and was refused", request.url.path)
        raise Refusal(403, "The signature does not fit this call.")
    return form


FromTwilio = Annotated[FormData, Depends(genuine)]


@router.post("/webhooks/twilio/inbound")
async def text(form: FromTwilio, home: AtHome) -> Response:
    """Store what a person wrote, then tell it. A stranger's number, a repeat or an odd form is a 2xx too: asking Twilio
    to call again would change nothing."""
    try:
        said = read_text(_plain(form))
    except Invalid as odd:
        return _odd(odd)
    person = await home.doors.leads.find_by_address(phone=said.sender)
    if person is None:
        logger.warning("a %s came from a number that is no lead's", said.channel)
        return _nothing_to_say()
    silences = await home.doors.leads.suppressions(person.id)
    opted_out = any(no.why == EventKind.OPTED_OUT and no.channel in (None, said.channel) for no in silences)
    row = await _last_touch(home, person.id, said.channel)
    for fact in text_facts(said, person.id, row, home.doors.clock.now(), opted_out=opted_out):
        await home.take(fact)
    return _nothing_to_say()


@router.post("/webhooks/twilio/status")
async def status(form: FromTwilio, home: AtHome, touch: str = "") -> Response:
    """Apply what became of one of our messages, by rank, then store what it says about its lead.

    A callback can overtake the answer to our own request, and then the SID is unknown still. The signature covers the
    query as well, so a `touch` ref in the callback URL links it all the same.
    """
    try:
        fate = read_fate(_plain(form))
    except Invalid as odd:
        return _odd(odd)
    now = home.doors.clock.now()
    code = str(fate.error or "")
    row = await home.doors.ledger.progress(fate.sid, fate.state, now, code=code) if fate.state else None
    if row is None and touch:
        row = await home.doors.ledger.find_by_ref(touch)
    if row is not None and fate.state is TouchState.REFUSED:
        await _hold_still(home, fate.error, row.sender)
    for fact in fate_facts(fate, row, now):
        await home.take(fact)
    return _nothing_to_say()


@router.post("/webhooks/email/inbound", dependencies=[Depends(with_key)])
async def mail(
    request: Request,
    home: AtHome,
    to: Annotated[list[str] | None, Query()] = None,
    sender: Annotated[str, Query(alias="from")] = "",
) -> Response:
    """Take one raw MIME message; `from` and `to` are its envelope, if the relay knows it. 204 once it is stored."""
    raw = await request.body()
    if not raw.strip():
        raise Refusal(422, "The body is empty; send the raw message.")
    await home.doors.receive_mail(sender, to or [], raw)
    return Response(status_code=204)


async def _hold_still(home: House, code: int, sender: str) -> None:
    """Halt the sender that a carrier filters or that is not registered, as its own answer would have (T6)."""
    meaning = meaning_of(code)
    for key in switches_of(meaning.halts, sender) if meaning else ():
        logger.error("%s is halted: %s (%s)", key, meaning and meaning.reason, code)
        if home.doors.halt is not None and meaning is not None:
            await home.doors.halt(key, f"{code}: {meaning.reason}")


async def _last_touch(home: House, lead: str, channel: Channel) -> LedgerRow | None:
    rows = await home.doors.ledger.rows(lead=lead, states=tuple(ON_THE_WIRE))
    ours = [row for row in rows if row.touch.channel == channel and row.wire_at]
    return max(ours, key=lambda row: row.wire_at or datetime.min.replace(tzinfo=UTC), default=None)


def _plain(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _odd(odd: Invalid) -> Response:
    logger.warning("a signed call from Twilio could not be read: %s", odd)
    return _nothing_to_say()


def _nothing_to_say() -> Response:
    return Response(TWIML, media_type="application/xml")
