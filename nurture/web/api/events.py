"""Custom events in: what a lead did in a product or a CRM."""

from __future__ import annotations

from datetime import UTC, timedelta

from fastapi import APIRouter, Response

from nurture.domain.events import Event, EventKind
from nurture.web.api.shapes import EventIn, EventOut
from nurture.web.facts import AtHome, House
from nurture.web.problems import Refusal, documented

router = APIRouter(tags=["events"])

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far a caller's clock may run ahead of ours."""


@router.post("/events", status_code=202, responses=documented(404, 409), summary="Tell that something happened")
async def happened(body: EventIn, home: AtHome, response: Response) -> EventOut:
    """Store the event, then tell it to the lead's workflow. 202: stored now; 200: the id was known, nothing changed.

    The same id with other content is a mistake of the caller and a 409: it would otherwise be lost in silence.
    """
    if await home.doors.leads.find(body.lead) is None:
        raise Refusal(404, f'There is no lead "{body.lead}".')
    event = _event(body, home)
    if await home.take(event) is not None:
        return EventOut(id=body.id, repeated=False)
    if not await _same(home, event, body):
        raise Refusal(409, f'The id "{body.id}" is taken by an event with other content.')
    response.status_code = 200
    return EventOut(id=body.id, repeated=True)


def _event(body: EventIn, home: House) -> Event:
    now = home.doors.clock.now()
    at = body.at.astimezone(UTC) if body.at else now
    if at > now + CLOCKS_DIFFER:
        raise Refusal(422, "An event cannot happen in the future.", mistakes=[("body.at", "is in the future")])
    return Event(
        id=f"api:{body.id}", kind=EventKind.HAPPENED, lead=body.lead, at=at, name=body.name, details=dict(body.details)
    )


async def _same(home: House, event: Event, body: EventIn) -> bool:
    """Whether the stored event of this id says the same. A time that was left out is ours and is not compared."""
    known = next((fact for fact in await home.doors.inbox.of_lead(event.lead) if fact.id == event.id), None)
    if known is None or (known.name, dict(known.details)) != (event.name, dict(event.details)):
        return False
    return body.at is None or known.at == event.at
