"""What the store knows of one lead: facts, ends of touches, offers and versions, each with its moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from nurture.domain.events import Event
from nurture.domain.lead import Lead
from nurture.domain.state import LeadState
from nurture.domain.touch import Answer


@dataclass(frozen=True, slots=True)
class Told:
    """How a touch ended, as the ledger knows it, at `at` (UTC): an answer for the planner. `again` counts resends."""

    at: datetime
    answer: Answer
    code: str = ""
    why: str = ""
    sender: str = ""
    again: int = 0


@dataclass(frozen=True)
class Remembered:
    """All that the store knows of one lead.

    `base` is the state it last rested with, None for one that never did; what happened before it is not repeated here.
    `facts` are what came from outside, enrolments and moves among them, in the order they were heard. `touches` are
    ends by touch id, `offers` hand-offs and replies that were passed on, by task id with the moment they were opened,
    `shelf` versions by sequence with the moment from which each was the latest, oldest first.
    """

    lead: Lead
    stage: str
    facts: Sequence[Event] = ()
    touches: Mapping[str, Told] = field(default_factory=dict)
    offers: Mapping[str, datetime] = field(default_factory=dict)
    shelf: Mapping[str, Sequence[tuple[datetime, str]]] = field(default_factory=dict)
    base: LeadState | None = None


def in_order(facts: Sequence[Event]) -> list[Event]:
    """Return facts by their time; those from the inbox never overtake each other, whatever their clocks said."""
    latest: datetime | None = None
    placed = []
    for number, fact in enumerate(facts):
        at = max(fact.at, latest) if fact.seq and latest else fact.at
        latest = at if fact.seq else latest
        placed.append((at, number, fact))
    return [fact if fact.at == at else replace(fact, at=at) for at, _, fact in sorted(placed, key=lambda p: p[:2])]
