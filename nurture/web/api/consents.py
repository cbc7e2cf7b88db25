"""Consents in: what a person agreed to in a form elsewhere, kept as a receipt with its proof."""

from __future__ import annotations

from datetime import UTC

from fastapi import APIRouter

from nurture.domain.consent import Basis, Consent
from nurture.domain.gates import GateFacts, why_unreachable
from nurture.domain.lead import Channel, Purpose
from nurture.web.api.events import CLOCKS_DIFFER
from nurture.web.api.shapes import ConsentIn, ConsentOut
from nurture.web.facts import AtHome
from nurture.web.problems import Refusal, documented

router = APIRouter(tags=["consents"])


@router.post("/consents", status_code=201, responses=documented(404), summary="Keep what a person agreed to")
async def agreed(body: ConsentIn, home: AtHome) -> ConsentOut:
    """Keep the receipt. It opens a channel as its basis and the country allow, and it never lifts a no: only an act of
    the person at our own doors does (START, the preference page, the button of a confirmation). `requested` allows to
    ask for that confirmation, also after a no. The same receipt again changes nothing."""
    contact = await home.doors.leads.find(body.lead)
    if contact is None:
        raise Refusal(404, f'There is no lead "{body.lead}".')
    now, at = home.doors.clock.now(), body.at.astimezone(UTC)
    if at > now + CLOCKS_DIFFER:
        raise Refusal(422, "Nobody agrees in the future.", mistakes=[("body.at", "is in the future")])
    receipt = Consent(
        contact.id,
        Channel(body.channel),
        Purpose(body.purpose),
        Basis(body.basis),
        at,
        "form",
        body.wording,
        contact.source,
        proof=f"{body.url} from {body.ip}" if body.ip else body.url,
    )
    leads = home.doors.leads
    await leads.save([], [receipt])
    facts = GateFacts(contact, await leads.consents(contact.id), await leads.suppressions(contact.id))
    no = why_unreachable(facts, home.doors.policies, receipt.channel, receipt.purpose, now)
    return ConsentOut(wording_hash=receipt.wording_hash, open=no is None, why=no.why if no else str(receipt.basis))
