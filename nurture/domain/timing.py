"""When a step is due: delays, dates, windows and the stable offset that keeps leads from leaving all at 09:00:00."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from nurture.domain.calendar import Calendar
from nurture.domain.sequence import Sequence, Step
from nurture.domain.spreading import leaping_spread, spread
from nurture.domain.state import Book, Journey, LeadState

ANSWER_GRACE = timedelta(days=30)
"""The longest a journey waits for sales to answer before it goes on by itself: nobody stuck (promise 5)."""

OVERDUE = timedelta(hours=2)
"""From how late on a step is overdue: more than a slow queue, so there was an outage or a pause."""
UNSAID = timedelta(hours=1)
"""Over how long steps are spread that wait for the same window to open, when their sequence does not say."""


def calendar_for(book: Book, state: LeadState, sequence: Sequence) -> Calendar:
    """Return the window of a sequence in the lead's own time zone, or the sequence's fallback, without holidays."""
    timing = sequence.timing
    zone = (state.lead.timezone or timing.fallback) if timing.timezone == "lead" else timing.timezone
    return book.policies.calendar(timing.window, zone, state.lead.country)


def first_due(book: Book, state: LeadState, sequence: Sequence, step: Step, now: datetime) -> tuple[datetime, str]:
    """Return when a step entered at `now` is due (UTC), and why then.

    A delay counts from `now`; a moment relative to a date that has passed, or is not known, is now. Steps that speak
    or ask wait for their window and add the lead's stable offset.
    """
    due, why = now, "at once"
    if step.after is None and step.at is None and not step.in_window:
        return due, why
    calendar = calendar_for(book, state, sequence)
    if step.after is not None:
        due, why = calendar.add(now, step.after), f"{step.after} after the step before"
    elif step.at is not None:
        due, why = _moment(calendar, state, step, now)
    if step.in_window:
        due = in_window(calendar, sequence, state, step.id, due)
    return due, why


def in_window(calendar: Calendar, sequence: Sequence, state: LeadState, step: str, at: datetime) -> datetime:
    """Return the first open instant from `at` on, plus the lead's stable share of what is left of the window.

    A step that is due while the window is open leaves at once unless its sequence spreads it; those that wait for a
    window to open are always spread.
    """
    opens, closes = calendar.open_span(at)
    if sequence.timing.spread is None and (opens == at or not state.habits):
        return opens
    return opens + _share(sequence, state, step, closes - opens)


def caught_up_at(calendar: Calendar, sequence: Sequence, state: LeadState, step: str, now: datetime) -> datetime:
    """Return when an overdue step leaves: in this window or the next, spread, so that not all leave at once."""
    opens, closes = calendar.open_span(now)
    return opens + _share(sequence, state, step, closes - opens)


def late_since(state: LeadState, journey: Journey, now: datetime) -> datetime | None:
    """Return when the step should have happened (UTC) if it is overdue at `now`, else None."""
    if journey.overdue_since is not None or not state.habits:
        return journey.overdue_since
    return journey.due_at if now - journey.due_at > OVERDUE else None


def _share(sequence: Sequence, state: LeadState, step: str, left: timedelta) -> timedelta:
    """Return the lead's own part of the sequence's spread, or of what is left of the window if that is less."""
    up_to = sequence.timing.spread.plain if sequence.timing.spread else UNSAID
    return (spread if state.habits else leaping_spread)(f"{state.lead.id}/{sequence.id}/{step}", min(up_to, left))


def _moment(calendar: Calendar, state: LeadState, step: Step, now: datetime) -> tuple[datetime, str]:
    assert step.at is not None
    day = str(state.lead.fields.get(step.at.field) or "")
    if not day:
        return now, f"lead.{step.at.field} is not known"
    moment = _read_date(day, calendar.zone)
    if step.at.offset is not None:
        moment = (calendar.subtract if step.at.before else calendar.add)(moment, step.at.offset)
    side = "before" if step.at.before else "after"
    return max(moment, now), f"{step.at.offset or 'no time'} {side} lead.{step.at.field} ({day[:10]})"


@lru_cache(maxsize=4_096)
def _read_date(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
