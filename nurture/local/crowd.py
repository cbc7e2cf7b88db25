"""Who takes part in a demo: the sample or somebody's own file, imported the ordinary way, and how they come to us."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from nurture.domain.lead import Contact
from nurture.domain.personas import Persona, chance, personas_of, pick
from nurture.intake import (
    Accepted,
    ImportReport,
    LeadMap,
    Row,
    guess_file,
    import_leads,
    load_map,
    read_leads,
    rejects_file,
    shape_of,
)
from nurture.local.people import People, Prospect
from nurture.local.sample import make_people, sample_map, write_sample
from nurture.wiring import House

SAMPLE = 80
ARRIVALS, OF_ALL_DAYS = 12.0, 0.4
"""Everybody comes in within so many days, or this share of a shorter demo."""
FILE_SEQUENCE = "content-to-mql"
"""What people from a file are enrolled in: they gave an address for something to read, and may have no phone."""


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that brings people in at `at` (UTC): an event of one lead, or a list of leads for a sequence."""

    at: datetime
    leads: tuple[str, ...]
    event: str = ""
    sequence: str = ""


@dataclass(frozen=True)
class Crowd:
    """People as rows that are ready to be imported. `events` is e-mail -> (event, when); without one a lead is on a
    list. `personas` is e-mail -> persona; whoever is not there gets one by chance."""

    rows: Sequence[Row]
    leadmap: LeadMap
    kinds: Mapping[str, Persona]
    personas: Mapping[str, Persona]
    events: Mapping[str, tuple[str, datetime]]
    touches_a_lead: float
    headers: Sequence[str]

    def zones(self, fallback: str) -> Counter[str]:
        """Return how many people live in each time zone, by the likeliest of each; unknown ones count as `fallback`."""
        people = (row.contact for row in self.rows if isinstance(row, Accepted))
        return Counter((*person.timezones, fallback)[0] for person in people)

    async def move_in(self, house: House, rejects: Path) -> ImportReport:
        """Import everybody; whoever cannot be a lead goes to the file `rejects`, with the reason."""
        store = house.store
        with rejects_file(rejects, self.headers) as rejected:
            return await import_leads(self.rows, store.leads, store.inbox, house.clock, on_reject=rejected.add)

    async def meet(self, house: House, people: People, seed: int) -> dict[str, Persona]:
        """Let everybody who was imported exist; return lead -> persona."""
        known: dict[str, Persona] = {}
        kinds = list(self.kinds.values())
        async for person in house.store.leads.all():
            persona = self.personas.get(person.email) or pick(kinds, chance(seed, person.id, "persona"))
            known[person.id] = persona
            people.know(Prospect(person.id, persona, person.email, person.phone, person.language or "en"))
        return known

    async def comings(self, house: House, first: datetime, days: int, seed: int) -> list[Coming]:
        """Return how everybody comes in, from `first` (UTC) on, in a demo of so many days."""
        everybody = [person async for person in house.store.leads.all()]
        alone = [self._event_of(person) for person in everybody if person.email in self.events]
        listed = [person.id for person in everybody if person.email not in self.events]
        return [*alone, *_in_lists(sorted(listed, key=lambda lead: chance(seed, lead, "list")), first, days)]

    def _event_of(self, person: Contact) -> Coming:
        event, at = self.events[person.email]
        return Coming(at, (person.id,), event=event)


def the_sample(root: Path, folder: Path, count: int, seed: int, first: datetime, days: int) -> Crowd:
    """Make the sample's people, write them to a CSV file in `folder`, and read that as any file is read."""
    kinds = personas_of(_yaml(root / "sequences" / "personas.yaml"))
    made = list(make_people(list(kinds.values()), count or SAMPLE, seed, first, _within(days)))
    path = folder / "leads.csv"
    write_sample(path, made)
    return Crowd(
        rows=list(read_leads(path, sample_map())),
        leadmap=sample_map(),
        kinds=kinds,
        personas={person.row["email"]: person.persona for person in made},
        events={person.row["email"]: (person.event, person.comes_at) for person in made},
        touches_a_lead=4.5,
        headers=shape_of(path).headers,
    )


def a_file(root: Path, path: Path, map_file: Path | None, limit: int) -> Crowd:
    """Read the first `limit` rows of a file (0: all) by its map, or by the likeliest one. Raises Invalid."""
    leadmap = load_map(map_file) if map_file else guess_file(path)
    return Crowd(
        rows=list(islice(read_leads(path, leadmap), limit or None)),
        leadmap=leadmap,
        kinds=personas_of(_yaml(root / "sequences" / "personas.yaml")),
        personas={},
        events={},
        touches_a_lead=3.0,
        headers=shape_of(path, leadmap).headers,
    )


def team_of(root: Path) -> list[str]:
    """Return the ids of the sales team in policies/team.yaml."""
    return [str(rep["id"]) for rep in _yaml(root / "policies" / "team.yaml")["reps"]]


def company_zone(root: Path) -> str:
    """Return the company's own time zone, where people without one are placed."""
    return str(_yaml(root / "policies" / "calendars.yaml").get("timezone", "UTC"))


def _in_lists(leads: Sequence[str], first: datetime, days: int) -> list[Coming]:
    """Spread a list over the first working days, each day's share at the hour of `first`."""
    mornings = [first + timedelta(days=n) for n in range(max(1, int(_within(days)))) if (first.weekday() + n) % 7 < 5]
    shares = [tuple(leads[place :: len(mornings)]) for place in range(len(mornings))]
    return [Coming(at, share, sequence=FILE_SEQUENCE) for at, share in zip(mornings, shares, strict=True) if share]


def _within(days: int) -> float:
    return min(ARRIVALS, OF_ALL_DAYS * days)


def _yaml(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(path)
    return document
