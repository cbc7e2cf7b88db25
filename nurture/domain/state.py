"""Where a lead is: everything the planner knows of one person, small, serialisable and immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from nurture.domain.lead import Channel, Lead
from nurture.domain.policies import Policies
from nurture.domain.score import Points
from nurture.domain.sequence import Sequence

STATE_VERSION = 1
"""Grows when the shape of LeadState changes in a way that old snapshots cannot be read as."""

HABITS = 3
"""The planner's present habits. A lead keeps those its workflow began with until it continues as new or rests, because
another decision for the same facts would break its history (CONTRIBUTING.md, "Changing a workflow").

0: the offset in a window leaps with its length, and a late touch leaves like any other. 1: the offset is a share of the
window, steps that wait for a window to open are spread even when their sequence does not say so, and late touches are
caught up one a day. 2: a reply that no journey takes goes to a person. 3: a move after which the lead rests is written
down with the rest.
"""
MOVES_AS_IT_RESTS = 3
"""The habits from which on such a move has no activity of its own."""


class Status(StrEnum):
    """What a journey is doing."""

    OPEN = "open"
    PAUSED = "paused"
    WITH_SALES = "with_sales"
    DONE = "done"


class Deed(StrEnum):
    """The kinds of consequences a journey can have set in motion."""

    MOVE = "move"
    ENROLL = "enroll"
    HANDOFF = "handoff"


_DONE = Status.DONE


@dataclass(frozen=True, slots=True)
class Pending:
    """A consequence that is set in motion and not done yet; `at` (UTC) delays it."""

    deed: Deed
    what: str
    reason: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """A journey (or a whole lead) that holds still until `until` (UTC); `rule` is `pause[n]`, "" by hand."""

    since: datetime
    until: datetime
    why: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Fired:
    """How often a pause or watch rule fired, and when last (UTC)."""

    times: int
    at: datetime


@dataclass(frozen=True)
class Journey:
    """One lead's way through one version of one sequence.

    `step` is where it is and `entered_at` since when; `due_at` is when that step may happen (a re-plan moves it).
    `since` is the moment from which stop and pause rules look at facts: enrolment, or the last resumption.
    `asked_at` is set while a rep's answer to the current step is awaited. `overdue_since` is when a step that was found
    late should have happened; being put off does not make it younger. `moves_to` is a newer version that it changes to
    at its next decision. `again` counts resends of the current step's touch (`uncertain: resend`). `stopped`: a person
    stopped it while sales had the lead, and only their answer is awaited. All times UTC.
    """

    sequence: str
    version: str
    run: int
    enrolled_at: datetime
    since: datetime
    step: str
    entered_at: datetime
    due_at: datetime
    due_why: str = ""
    overdue_since: datetime | None = None
    blocked_by: str = ""
    option: int = 0
    tries: int = 0
    again: int = 0
    asked_at: datetime | None = None
    status: Status = Status.OPEN
    pause: Pause | None = None
    handoff: str = ""
    handed_at: datetime | None = None
    returns_on: str = ""
    outcome: str = ""
    visits: Mapping[str, int] = field(default_factory=dict)
    fired: Mapping[str, Fired] = field(default_factory=dict)
    memory: Mapping[str, datetime] = field(default_factory=dict)
    pending: tuple[Pending, ...] = ()
    sent: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    moves_to: str = ""
    stopped: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.status is _DONE and not self.pending

    @property
    def takes_replies(self) -> bool:
        """Whether a reply has an effect here: its rules hear it, or a rep has or gets the lead anyway."""
        return self.status is not _DONE or any(act.deed is Deed.HANDOFF for act in self.pending)


@dataclass(frozen=True, slots=True)
class Past:
    """A sequence this lead has been through: how often, when the last run ended (UTC) and how."""

    runs: int
    ended_at: datetime
    outcome: str


@dataclass(frozen=True)
class LeadState:
    """Everything the planner knows of one lead. `recent` are touches of the last 31 days as (channel, UTC).

    `silence` names the event that closed all marketing for good (opted_out, complained), "" while we may speak.
    `heard` is the highest inbox number of a silencing event that was observed. `handoffs` counts hand-offs ever made.
    `habits` are the planner's for this lead (see `HABITS`). `unanswered` are replies (event ids) that no journey took
    and no person got yet, oldest first.
    """

    lead: Lead
    stage: str = "lead"
    card: Mapping[str, Points] = field(default_factory=dict)
    journeys: tuple[Journey, ...] = ()
    past: Mapping[str, Past] = field(default_factory=dict)
    recent: tuple[tuple[Channel, datetime], ...] = ()
    clicks: tuple[datetime, ...] = ()
    seen: tuple[str, ...] = ()
    silence: str = ""
    pause: Pause | None = None
    heard: int = 0
    handoffs: int = 0
    fit: int | None = None
    version: int = STATE_VERSION
    habits: int = HABITS
    unanswered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """What the planner reads: sequences by version, and the company's policies."""

    sequences: Mapping[str, Sequence]
    policies: Policies

    def sequence_of(self, journey: Journey) -> Sequence:
        """Return the version this journey is pinned to."""
        return self.sequences[journey.version]
