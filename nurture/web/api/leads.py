"""Leads in, normalised and merged; one lead's story out."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Body

from nurture.domain.errors import Invalid
from nurture.domain.events import Event, EventKind
from nurture.domain.lead import IDENTITY_FIELDS, Channel, Contact, Scalar
from nurture.web.api.shapes import Happened, LeadIn, LeadOut, LeadsOut, StoryOut
from nurture.web.facts import AtHome, House
from nurture.web.lead_page import name_of
from nurture.web.live import plan_of
from nurture.web.problems import Refusal, documented
from nurture.web.timeline import story

router = APIRouter(tags=["leads"])

MOST = 1_000
"""Leads in one request; a longer list is a job for `nurture import`."""
_PROOF = "POST /api/v1/leads"
_EXAMPLES = LeadIn.model_json_schema()["examples"]


@router.post("/leads", responses=documented(413), summary="Add or update one lead or many")
async def add_leads(
    body: Annotated[LeadIn | Annotated[list[LeadIn], Body(max_length=MOST)], Body(examples=_EXAMPLES)], home: AtHome
) -> LeadsOut:
    """Normalise, then insert or merge. One lead that cannot be one is a 422; in a list it is `rejected` with reasons,
    and the others are kept. A merge never overwrites an address and never lifts an opt-out."""
    if isinstance(body, LeadIn):
        return LeadsOut(leads=[await _add(home, body.plain())])
    if not body:
        raise Refusal(422, "The list is empty.")
    return LeadsOut(leads=[await _try(home, one.plain()) for one in body])


@router.get("/leads/{lead}", responses=documented(404), summary="One lead's story")
async def lead_story(lead: str, home: AtHome) -> StoryOut:
    """Tell where a lead stands, what comes next and why, and everything that happened, oldest first."""
    contact = await home.doors.leads.find(lead)
    if contact is None:
        raise Refusal(404, "There is no such lead.")
    plan, entries, silences = await asyncio.gather(
        plan_of(home, lead), story(home, lead), home.doors.leads.suppressions(lead)
    )
    return StoryOut(
        id=contact.id,
        name=name_of(contact),
        company=contact.company,
        stage=plan.stage or contact.stage,
        owner=contact.owner,
        score=plan.score,
        next_at=plan.next.at if plan.next else None,
        next=plan.next.what if plan.next else "",
        why=plan.next.why if plan.next else plan.why,
        blocked_by=plan.blocked_by,
        live=plan.walking,
        silenced=[f"{silence.channel or 'all'}: {silence.why}" for silence in silences],
        timeline=[Happened(at=e.at, kind=e.kind, text=e.text, note=e.note) for e in entries],
    )


async def _try(home: House, plain: dict[str, Any]) -> LeadOut:
    try:
        return await _add(home, plain)
    except Invalid as invalid:
        return LeadOut(id="", result="rejected", reasons=list(invalid.problems) or [str(invalid)])


async def _add(home: House, plain: dict[str, Any]) -> LeadOut:
    """Store one person. What changed about a known one is a fact that the workflow must hear, stored before the merge:
    after a crash in between a repeat of the request does the merge."""
    accepted = home.doors.import_contact(plain)
    contact, claim = accepted.contact, accepted.claim
    known = await _known(home, contact)
    if known is not None:
        await _tell_changes(home, known, contact, stated_zone=str(plain.get("timezone") or ""))
    claimed = [claim.receipt(contact, home.doors.clock.now(), _PROOF)] if claim else []
    proven = [replace(consent, how="api", proof=_PROOF) for consent in accepted.consents]
    stored = await home.doors.leads.save([contact], [*proven, *claimed])
    lead = stored.get(contact.id, contact.id)
    sharing = stored.sharing.get(contact.id, "")
    for channel in accepted.opt_outs:
        await _tell_no(home, lead, channel)
        if sharing and channel is not Channel.EMAIL:
            await _tell_no(home, sharing, channel)  # the same telephone rings for both
    return LeadOut(id=lead, result="merged" if known else "created", reasons=list(accepted.notes))


async def _tell_no(home: House, lead: str, channel: Channel) -> None:
    """Store that the person wants nothing on this channel, before the caller gets an answer.

    The number of opt-ins so far is part of the id: a repeated request is the same no, one after a later yes is new.
    """
    opt_ins = sum(fact.kind is EventKind.OPTED_IN for fact in await home.doors.inbox.of_lead(lead))
    no = {"channel": str(channel), "scope": "marketing", "how": "api"}
    id_ = f"opted_out:api:{lead}:{channel}:{opt_ins}"
    await home.take(Event(id=id_, kind=EventKind.OPTED_OUT, lead=lead, at=home.doors.clock.now(), details=no))


async def _known(home: House, contact: Contact) -> Contact | None:
    leads = home.doors.leads
    return await leads.find(contact.id) or await leads.find_by_address(email=contact.email, phone=contact.phone)


async def _tell_changes(home: House, known: Contact, new: Contact, *, stated_zone: str) -> None:
    """Store what is different now. A time zone counts when it was stated; a guess by country or number does not."""
    changed: dict[str, Scalar] = {
        name: value
        for name, value in new.fields.items()
        if name not in IDENTITY_FIELDS and value not in (None, "") and known.fields.get(name) != value
    }
    zone = next(iter(new.timezones), "")
    if zone and zone.casefold() == stated_zone.casefold() and (zone,) != known.timezones[:1]:
        changed["timezone"] = zone
    if not changed:
        return
    now = home.doors.clock.now()
    print_ = hashlib.sha256(json.dumps([changed, now.isoformat()], sort_keys=True).encode()).hexdigest()[:16]
    id_ = f"lead_changed:{known.id}:{print_}"
    await home.take(Event(id=id_, kind=EventKind.LEAD_CHANGED, lead=known.id, at=now, details=changed))
