"""Who comes to belong to a segment: a sweep's judgement, before the lead's own workflow is asked and decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from nurture.domain.enrolling import why_not_enter
from nurture.domain.events import Event
from nurture.domain.lead import Contact, lead_of
from nurture.domain.observing import observe, with_fit
from nurture.domain.sequence import Sequence as Plan
from nurture.domain.state import Book, LeadState
from nurture.domain.view import JourneyView

ASK_AGAIN = timedelta(days=1)
"""When somebody whose workflow said no is asked again: a sweep must not wake the same people all day."""
_POINTS = frozenset({"score", "engagement", "temperature"})
_LATEST = 400
"""Facts of one lead that are looked at for points: as many as a lead remembers to have heard."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a lead's workflow answered to a sweep, "" for "enrolled", and when (UTC)."""

    at: datetime
    answer: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a sweep thinks of one lead: `code` is "" for somebody to ask, else why not; `why` is in words."""

    lead: str
    code: str
    why: str = ""


class Sweeps(Protocol):
    """Whom a sweep has asked before."""

    async def asked(self, sequence: str) -> Mapping[str, Asked]:
        """Return by lead what was answered when the lead was last asked to enter this sequence."""
        ...

    async def note(self, sequence: str, answers: Mapping[str, str], now: datetime) -> None:
        """Remember the answers ("" = enrolled) of leads that were asked at `now` (UTC)."""
        ...


def is_due(plan: Plan, asked: Asked | None, now: datetime) -> bool:
    """Return whether a lead may be asked (again): never after it entered, unless `enter.again` says when."""
    if asked is None:
        return True
    if asked.answer or plan.enter.again == "always":
        return now >= asked.at + ASK_AGAIN
    return plan.enter.again_after is not None and now >= asked.at + plan.enter.again_after.plain


def needs_points(plan: Plan) -> bool:
    """Return whether one of the conditions of entry asks for points, which only a lead's facts can tell."""
    asked = (plan.enter.segment, plan.enter.only_if, plan.enter.unless)
    return any(_POINTS & condition.facts for condition in asked if condition is not None)


def standing_for(book: Book, contact: Contact, kept: LeadState | None, heard: Sequence[Event]) -> LeadState:
    """Return where somebody stands: as kept when it came to rest, with what was heard since and today's facts.

    Its open journeys are not known here; the lead's workflow knows them.
    """
    lead = lead_of(contact, {})
    state = replace(kept, journeys=()) if kept is not None else LeadState(lead, contact.stage)
    for event in heard[-_LATEST:]:
        state = observe(book, state, event)
    return with_fit(book, replace(state, lead=lead, stage=contact.stage))


def judge(book: Book, plan: Plan, state: LeadState, now: datetime) -> Look:
    """Return whether somebody belongs to the segment of a sequence now and may enter, with the values that decided."""
    code = why_not_enter(book, state, plan, now) or ""
    segment = plan.enter.segment
    why = segment.describe(JourneyView(book, state, None, now)) if segment is not None else ""
    return Look(state.lead.id, code, why)
