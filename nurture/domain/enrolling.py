"""Who may enter a sequence, what a new journey looks like, and moves between stages."""

from __future__ import annotations

from datetime import datetime

from nurture.domain.advancing import enter, with_journey
from nurture.domain.changing import changed
from nurture.domain.events import Event
from nurture.domain.lead import Purpose
from nurture.domain.sequence import Enter, Sequence
from nurture.domain.stage import is_silent
from nurture.domain.state import Book, Deed, Journey, LeadState
from nurture.domain.view import JourneyView


def why_not_enter(book: Book, state: LeadState, sequence: Sequence, now: datetime) -> str | None:
    """Return the reason code why this lead may not enter now, or None when it may.

    `already_in`, `not_again`, `source_not_mailable`, `silenced`, `stage`, `segment`, `enter_if`, `enter_unless`.
    """
    if any(j.sequence == sequence.id for j in state.journeys):
        return "already_in"
    if _been_there(state, sequence, now):
        return "not_again"
    if state.lead.source in book.policies.consent.not_mailable:
        return "source_not_mailable"
    if state.silence and sequence.purpose is not Purpose.SERVICE:
        return "silenced"
    if is_silent(book.policies.stages, state.stage):
        return "stage"
    return _why_rules_refuse(sequence.enter, JourneyView(book, state, None, now))


def _why_rules_refuse(rules: Enter, view: JourneyView) -> str | None:
    if rules.segment is not None and not rules.segment.holds(view):
        return "segment"
    if rules.only_if is not None and not rules.only_if.holds(view):
        return "enter_if"
    return "enter_unless" if rules.unless is not None and rules.unless.holds(view) else None


def _been_there(state: LeadState, sequence: Sequence, now: datetime) -> bool:
    past = state.past.get(sequence.id)
    if past is None or sequence.enter.again == "always":
        return False
    after = sequence.enter.again_after
    return after is None or now < past.ended_at + after.plain


def enrolled(book: Book, state: LeadState, event: Event) -> LeadState:
    """A new journey begins, unless the enrolment was refused; either way a pending wish for it is done."""
    state = _without_pending(state, Deed.ENROLL, event.name, event.at)
    version = str(event.details.get("version") or "")
    if event.details.get("refused") or any(j.sequence == event.name for j in state.journeys):
        return state
    sequence = book.sequences[version]
    run = state.past[event.name].runs + 1 if event.name in state.past else 1
    fresh = Journey(
        sequence=sequence.id,
        version=version,
        run=run,
        enrolled_at=event.at,
        since=event.at,
        step=sequence.first,
        entered_at=event.at,
        due_at=event.at,
    )
    return changed(state, journeys=(*state.journeys, enter(book, state, sequence, fresh, sequence.first, event.at)))


def moved(_book: Book, state: LeadState, event: Event) -> LeadState:
    """The lead stands at another stage now."""
    stage = str(event.details["stage"])
    return _without_pending(changed(state, stage=stage), Deed.MOVE, stage, event.at)


def _without_pending(state: LeadState, deed: Deed, what: str, now: datetime) -> LeadState:
    for journey in state.journeys:
        if journey.pending and (journey.pending[0].deed, journey.pending[0].what) == (deed, what):
            return with_journey(state, changed(journey, pending=journey.pending[1:]), now)
    return state
