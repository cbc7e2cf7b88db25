"""Who a sequence is tried on: a persona or a few facts as a whole person, and as what the planner may know of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from nurture.domain.consent import Basis, Consent, Suppression
from nurture.domain.gates import GateFacts, why_unreachable
from nurture.domain.lead import Channel, Contact, Lead, Purpose, Scalar, lead_of
from nurture.domain.personas import Persona
from nurture.domain.policies import Policies
from nurture.intake.addresses import phone_of
from nurture.intake.places import candidates

_OWN = ("email", "phone", "first_name", "last_name", "company", "language", "country", "region", "source", "owner")
_AGREED = timedelta(days=1)
"""How long before the start a made-up person gave its consent."""
ASKED = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.CALL)


@dataclass(frozen=True, slots=True)
class Someone:
    """A whole person: who it is, what it agreed to and what it refused."""

    contact: Contact
    consents: tuple[Consent, ...] = ()
    suppressions: tuple[Suppression, ...] = ()

    def facts(self, policies: Policies, purpose: Purpose, now: datetime) -> Lead:
        """Return what the planner may know, with a reason for each channel that is closed at `now` (UTC)."""
        seen = GateFacts(self.contact, self.consents, self.suppressions)
        verdicts = {channel: why_unreachable(seen, policies, channel, purpose, now) for channel in ASKED}
        return lead_of(self.contact, {str(c): str(verdict.code) for c, verdict in verdicts.items() if verdict})


def persona_as(persona: Persona, lead: str, now: datetime, more: Mapping[str, Scalar] | None = None) -> Someone:
    """Return a persona as a person with the id `lead`; facts in `more` override its own."""
    contact = contact_of(lead, {**persona.lead, **(more or {})})
    agreed = [(Channel(channel), Basis.EXPRESS_WRITTEN) for channel in persona.consents]
    if Channel.EMAIL not in persona.consents:
        agreed.append((Channel.EMAIL, Basis.REQUESTED))  # came by a form and has not confirmed it
    return Someone(contact, consents_of(contact, agreed, f"persona {persona.name}", now))


def visitor(lead: str, facts: Mapping[str, Scalar], now: datetime) -> Someone:
    """Return somebody who filled in our form: ticked the box for e-mail and left a number to be called, not texted."""
    contact = contact_of(lead, facts)
    agreed = [(Channel.EMAIL, Basis.EXPRESS), (Channel.CALL, Basis.INQUIRY)]
    return Someone(contact, consents_of(contact, agreed, "form", now))


def contact_of(lead: str, facts: Mapping[str, Scalar]) -> Contact:
    """Return a person made of plain facts; what has no place of its own is one of its fields."""
    own = {name: str(facts.get(name) or "") for name in _OWN}
    zone = str(facts.get("timezone") or "")
    return Contact(
        id=lead,
        email=own["email"],
        phone=own["phone"],
        first_name=own["first_name"],
        last_name=own["last_name"],
        company=own["company"],
        language=own["language"],
        country=own["country"],
        region=own["region"],
        timezones=(zone,) if zone else candidates(own["country"], _zones_of(own["phone"])),
        source=own["source"],
        owner=own["owner"],
        stage=str(facts.get("stage") or "lead"),
        fields={name: value for name, value in facts.items() if name not in (*_OWN, "stage")},
    )


def consents_of(
    contact: Contact, agreed: Iterable[tuple[Channel, Basis]], how: str, now: datetime
) -> tuple[Consent, ...]:
    """Return a marketing consent for each channel agreed to, given a day before `now` (UTC)."""
    return tuple(
        Consent(contact.id, channel, Purpose.MARKETING, basis, now - _AGREED, how, source=contact.source)
        for channel, basis in agreed
    )


def _zones_of(phone: str) -> tuple[str, ...]:
    if not phone:
        return ()
    try:
        return phone_of(phone).timezones
    except ValueError:
        return ()
