"""`nurture pause`: nothing goes to a lead until a day that a person names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from nurture.cli._control import By, Why, say
from nurture.cli._desk import AsJson, LeadArgument
from nurture.domain.errors import Invalid
from nurture.domain.events import EventKind
from nurture.domain.lead import Contact, Scalar

if TYPE_CHECKING:
    from nurture.wiring import House

Until = Annotated[
    str, typer.Option(help='A day or time of the lead\'s own clock (2026-04-01, 2026-04-01T09:00), or "2 weeks".')
]


def command(
    lead: LeadArgument, until: Until, why: Why = "paused by hand", by: By = "operator", as_json: AsJson = False
) -> None:
    """Pause a lead in all its sequences until a day, and say what it does next. There is no pause without an end.

    Example: `nurture pause mary@example.com --until "3 business days" --why "asked for time"`
    """

    def details(house: House, contact: Contact) -> dict[str, Scalar]:
        return {"until": _moment(house, contact, until).isoformat(), "why": why, "by": by}

    say(EventKind.PAUSED, lead, details, as_json=as_json)


def _moment(house: House, contact: Contact, text: str) -> datetime:
    """Return when the pause ends (UTC). Raises Invalid for what is no time, or past."""
    now = house.clock.now()
    found = _on_their_clock(house, contact, text) or _from_now(house, contact, text, now)
    if found <= now:
        raise Invalid(f'"{text}" is past ({found:%Y-%m-%d %H:%M} UTC)', remedy="Name a day that is still to come")
    return found


def _on_their_clock(house: House, contact: Contact, text: str) -> datetime | None:
    from nurture.domain.wallclock import zone_of

    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None  # then it may be a duration
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone_of(contact.timezones[0] if contact.timezones else house.policies.timezone))
    return at.astimezone(UTC)


def _from_now(house: House, contact: Contact, text: str, now: datetime) -> datetime:
    from nurture.domain.duration import parse_duration

    try:
        duration = parse_duration(text)
    except Invalid as neither:
        remedy = 'Write --until 2026-04-01, --until 2026-04-01T09:00 or --until "3 business days"'
        raise Invalid(f'"{text}" is neither a day nor a duration', remedy=remedy) from neither
    zone = contact.timezones[0] if contact.timezones else ""
    return house.policies.calendar("", zone, contact.country).add(now, duration)
