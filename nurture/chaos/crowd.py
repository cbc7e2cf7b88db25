"""The people of a cell: made up, reachable on every channel, and told apart by their addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from nurture.domain.consent import Basis, Consent
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.wiring import House

_AREAS = (201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231)
_NUMBERS = 90


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many people: their lead ids, and the addresses by which a sink knows them (lead -> address)."""

    leads: tuple[str, ...]
    emails: dict[str, str] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)

    @property
    def addresses(self) -> frozenset[str]:
        """Every address of everybody."""
        return frozenset((*self.emails.values(), *self.phones.values()))

    def part(self, first: int, last: int) -> Crowd:
        """Return some of them, by place."""
        chosen = self.leads[first:last]
        return Crowd(
            chosen,
            {lead: self.emails[lead] for lead in chosen},
            {lead: self.phones[lead] for lead in chosen if lead in self.phones},
        )


class Birth:
    """Brings people into the store who agreed to everything; phone numbers are fictional ones (555-01xx)."""

    def __init__(self) -> None:
        self._numbers = _phones()
        self._turn = count(1)

    async def of(self, house: House, name: str, size: int, *, texts: bool = False) -> Crowd:
        """Save `size` new people and return them; `texts` gives them a phone."""
        batch = next(self._turn)
        ids = tuple(f"{name.lower().replace('/', '-').replace(' ', '-')}-{batch}-{number}" for number in range(size))
        crowd = Crowd(
            ids,
            {lead: f"{lead}@example.com" for lead in ids},
            {lead: next(self._numbers) for lead in ids} if texts else {},
        )
        await house.store.leads.save([_person(lead, crowd) for lead in ids], list(_agreed(ids, house)))
        return crowd


def _person(lead: str, crowd: Crowd) -> Contact:
    return Contact(
        id=lead,
        email=crowd.emails[lead],
        phone=crowd.phones.get(lead, ""),
        first_name="Priya",
        company="Harbour Logistics",
        language="en",
        country="US" if crowd.phones else "GR",  # no public holidays are listed for GR, so every day is open
        region="NY" if crowd.phones else "",
        timezones=("America/New_York",) if crowd.phones else ("Europe/Athens",),
        source="webinar",
        fields={"company_size": 120, "industry": "logistics"},
    )


def _agreed(leads: Sequence[str], house: House) -> Iterator[Consent]:
    since = house.clock.now() - timedelta(days=1)
    for lead in leads:
        for channel in (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP):
            yield Consent(lead, channel, Purpose.MARKETING, Basis.EXPRESS_WRITTEN, since, "form", source="form")


def _phones() -> Iterator[str]:
    for area in _AREAS:
        for number in range(_NUMBERS):
            yield f"+1{area}5550{100 + number}"
