"""What workflows hand to activities and get back: ids and facts, never a name or an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from nurture.domain.calendar import Calendar, Hours, Window
from nurture.domain.clock_facts import zone_from
from nurture.domain.handoff import HandoffPlan
from nurture.domain.lead import Lead
from nurture.domain.rulings import Ruling
from nurture.domain.tasks import reply_task
from nurture.domain.touch import Touch


@dataclass(frozen=True, slots=True)
class LeadFile:
    """What a lead's workflow must know before it can think.

    `snapshot` is the state kept when an earlier workflow came to rest (JSON), "" for a new lead; `documents` are the
    sequence versions its open journeys are pinned to; `policies` is the policies document the planner reads.
    """

    lead: Lead
    stage: str
    policies: Mapping[str, Any]
    snapshot: str = ""
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SequenceFile:
    """One version of a sequence, as the library keeps it."""

    sequence: str
    version: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TaskOrder:
    """A call or manual task to open for a rep, due at `due_at` (UTC). The touch carries its identity to the ledger."""

    touch: Touch
    kind: str
    title: str
    due_at: datetime
    outcomes: tuple[str, ...] = ()
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a lead stands, for the store: stage with its reason, score in points, owner's rep id.

    `rulings` are the decisions since the store was last told of any.
    """

    lead: str
    stage: str
    reason: str
    score: int
    owner: str = ""
    rulings: tuple[Ruling, ...] = ()


@dataclass(frozen=True, slots=True)
class HandoffOrder:
    """A lead to be offered to sales. `reasons` says in words why it is worth a rep's time, one line each."""

    id: str
    lead: str
    sequence: str
    version: str
    name: str
    plan: HandoffPlan
    why: str
    score: int
    owner: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyOrder:
    """A reply (the id of its fact) for a person to answer, since no sequence is open. `reasons` are the score's."""

    lead: str
    reply: str
    why: str
    score: int
    owner: str = ""
    reasons: tuple[str, ...] = ()

    @property
    def task(self) -> str:
        """The id of the task."""
        return reply_task(self.reply)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The hours of a rep, or of the pool, as plain data: minutes after local midnight by weekday, Monday first.

    `clock` are the facts of the zone (`clock_facts`); an order from before there were any has none.
    """

    name: str
    hours: Hours
    timezone: str
    closed: tuple[date, ...] = ()
    clock: Mapping[str, int] = field(default_factory=dict)

    @property
    def calendar(self) -> Calendar:
        """The same as a calendar that counts business time."""
        return Calendar(Window(self.name, self.hours), zone_from(self.timezone, self.clock), frozenset(self.closed))


@dataclass(frozen=True, slots=True)
class HandoffOffer:
    """Who got the lead ("" = the pool), why, and when they work. `full`: nobody has room, nothing was opened."""

    rep: str
    why: str
    hours: WorkingHours
    full: bool = False


@dataclass(frozen=True, slots=True)
class HandoffNews:
    """Something about a hand-off that people should know: `kind` is remind, manager, pool or late; `at` is UTC."""

    id: str
    lead: str
    kind: str
    rep: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EnrolmentBite:
    """A few leads to enrol into the latest version of a sequence."""

    sequence: str
    reason: str
    leads: tuple[str, ...]
