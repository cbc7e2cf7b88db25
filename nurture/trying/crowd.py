"""Crowds for a simulation: made-up people by the shares of their personas, or the leads of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from nurture.domain.consent import Suppression
from nurture.domain.errors import Invalid, NotFound
from nurture.domain.lead import Lead
from nurture.domain.personas import Persona, chance, pick
from nurture.domain.simulator import Person
from nurture.intake import Accepted, LeadMap, guess_file, read_leads
from nurture.trying.people import Someone, persona_as
from nurture.trying.workshop import PERSONAS, Workshop


@dataclass(frozen=True, slots=True)
class Plan:
    """Who enters what, when: the `sequences` in turn, from `start` (UTC) on, evenly over `over`; `seed` is the dice."""

    sequences: Sequence[str]
    start: datetime
    over: timedelta
    seed: int = 0


@dataclass
class Crowd:
    """The people of a simulation. `left_out` says why rows of a file are no people, and how many."""

    people: list[Person] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


def made_up(workshop: Workshop, plan: Plan, count: int) -> Crowd:
    """Return `count` people, as many like each persona as its share says. Raises NotFound when there is no persona."""
    personas = _personas(workshop)
    facts = {
        (sequence, persona.name): persona_as(persona, persona.name, plan.start).facts(
            workshop.policies, workshop.purpose_of(sequence), plan.start
        )
        for sequence in plan.sequences
        for persona in personas
    }
    crowd = Crowd()
    for number in range(count):
        persona = pick(personas, chance(plan.seed, number, "persona"))
        sequence = plan.sequences[number % len(plan.sequences)]
        lead = _called(facts[sequence, persona.name], f"{persona.name}-{number + 1}")
        stage = str(persona.lead.get("stage") or "lead")
        crowd.people.append(Person(lead, persona, sequence, _enters(plan, number), stage))
    return crowd


def from_file(workshop: Workshop, plan: Plan, path: Path, leadmap: LeadMap | None = None) -> Crowd:
    """Return the leads of a CSV file with their own facts and consents, each behaving like some persona.

    The map is guessed when there is none. Raises Invalid when no row is a person, NotFound without file or personas.
    """
    if not path.is_file():
        raise NotFound(
            f"There is no file {path}", remedy="Give a number, such as --leads 500, or the path of a CSV file"
        )
    personas = _personas(workshop)
    crowd, seen = Crowd(), set[str]()
    for row in read_leads(path, leadmap or guess_file(path)):
        why = "met before in this file" if isinstance(row, Accepted) and row.contact.id in seen else ""
        if not isinstance(row, Accepted) or why:
            reason = why or str(getattr(row, "reason", ""))
            crowd.left_out[reason] = crowd.left_out.get(reason, 0) + 1
            continue
        seen.add(row.contact.id)
        crowd.people.append(_from_row(workshop, plan, personas, row, len(crowd.people)))
    if not crowd.people:
        raise Invalid(f"No row of {path} is a person", problems=[f"{n} x {why}" for why, n in crowd.left_out.items()])
    return crowd


def _from_row(workshop: Workshop, plan: Plan, personas: Sequence[Persona], row: Accepted, number: int) -> Person:
    contact = row.contact
    claimed = (row.claim.receipt(contact, plan.start),) if row.claim else ()
    nos = tuple(Suppression(contact.id, channel, "opted_out", plan.start) for channel in row.opt_outs)
    sequence = plan.sequences[number % len(plan.sequences)]
    someone = Someone(contact, (*row.consents, *claimed), nos)
    lead = someone.facts(workshop.policies, workshop.purpose_of(sequence), plan.start)
    persona = pick(personas, chance(plan.seed, contact.id, "persona"))
    return Person(lead, persona, sequence, _enters(plan, number), contact.stage)


def _enters(plan: Plan, number: int) -> datetime:
    return plan.start + plan.over * chance(plan.seed, number, "enters")


def _called(lead: Lead, name: str) -> Lead:
    """Return the lead under another id; its facts are shared, not copied."""
    own = (lead.fields, lead.known, lead.timezone, lead.country, lead.source, lead.owner, lead.unreachable)
    return Lead(name, *own)


def _personas(workshop: Workshop) -> list[Persona]:
    personas = [persona for persona in workshop.personas.values() if persona.share > 0]
    if not personas:
        raise NotFound(f"There is nobody in {PERSONAS}", remedy="Describe a persona there, with its share and habits")
    return personas
