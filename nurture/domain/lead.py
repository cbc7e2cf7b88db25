"""Who a lead is: the whole person for the store and the composer, and the facts that conditions may ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Scalar = str | int | float | bool | None
"""What a field of a lead, an event's detail or a literal in a condition can be. Dates are ISO 8601 text."""

IDENTITY_FIELDS = frozenset({"email", "phone", "first_name", "last_name", "name", "company", "address", "website"})
"""Fields that never leave the store: conditions may only ask whether they are known."""


class Channel(StrEnum):
    """The ways a touch can take."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    CALL = "call"
    TASK = "task"

    @property
    def is_message(self) -> bool:
        """Whether a machine sends it; calls and tasks are done by people."""
        return self not in (Channel.CALL, Channel.TASK)


class Purpose(StrEnum):
    """Why we speak; picks the consent and frequency rules."""

    MARKETING = "marketing"
    SALES = "sales"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Contact:
    """The whole person, as the store keeps it. Never goes into a workflow: `lead_of` makes the facts that do.

    `email` is normalised, `phone` is E.164; both "" when unknown. `fields` holds everything else that was imported,
    by snake_case name. `timezones` are all zones the person may be in (IANA), the best guess first; `country` is
    ISO 3166 alpha-2 or "". `owner` is a rep's id or "".
    """

    id: str
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    language: str = ""
    country: str = ""
    region: str = ""
    timezones: tuple[str, ...] = ()
    source: str = ""
    owner: str = ""
    stage: str = "lead"
    fields: Mapping[str, Scalar] = field(default_factory=dict)
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """What conditions and the planner may know of a person: facts to decide on, no name and no address.

    `fields` never holds an identity field; `known` names every field (identity or not) that has a value.
    `unreachable` says, for each channel that is closed to us, why (an address is missing, no consent, suppressed).
    `timezone` is IANA, "" when unknown.
    """

    id: str
    fields: Mapping[str, Scalar] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    timezone: str = ""
    country: str = ""
    source: str = ""
    owner: str = ""
    unreachable: Mapping[str, str] = field(default_factory=dict)


def lead_of(contact: Contact, unreachable: Mapping[str, str]) -> Lead:
    """Return the facts of `contact` that may enter a workflow, leaving out every name and address."""
    identity = {name: getattr(contact, name, "") for name in IDENTITY_FIELDS if hasattr(contact, name)}
    plain = {name: value for name, value in contact.fields.items() if name not in IDENTITY_FIELDS}
    facts = plain | {name: getattr(contact, name) for name in ("language", "country", "region", "source", "owner")}
    known = {name for name, value in {**contact.fields, **identity, **facts}.items() if value not in (None, "")}
    zone = contact.timezones[0] if contact.timezones else ""
    return Lead(
        id=contact.id,
        fields=facts,
        known=frozenset(known),
        timezone=zone,
        country=contact.country,
        source=contact.source,
        owner=contact.owner,
        unreachable=dict(unreachable),
    )
