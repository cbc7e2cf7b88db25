"""The lead's side of a hand-off: with sales, no room at sales, and what their answer leads to."""

from __future__ import annotations

from dataclasses import replace

from nurture.domain.advancing import pending_of, with_journey
from nurture.domain.changing import changed
from nurture.domain.events import Event
from nurture.domain.handoff import Outcome
from nurture.domain.sequence import Then
from nurture.domain.state import Book, Deed, Journey, LeadState, Pause, Status
from nurture.domain.timing import calendar_for


def handoff_opened(_book: Book, state: LeadState, event: Event) -> LeadState:
    """Sales has the lead: nothing is sent while they do."""
    for journey in state.journeys:
        if journey.pending and journey.pending[0].deed is Deed.HANDOFF:
            held = changed(
                journey,
                pending=journey.pending[1:],
                status=Status.WITH_SALES,
                handoff=event.name,
                handed_at=event.at,
                pause=None,
            )
            return with_journey(changed(state, handoffs=state.handoffs + 1), held, event.at)
    return state


def handoff_full(book: Book, state: LeadState, event: Event) -> LeadState:
    """Sales has no room: the offer is repeated later, and the nurturing goes on if the plan says so."""
    for journey in state.journeys:
        if journey.pending and journey.pending[0].deed is Deed.HANDOFF:
            sequence = book.sequence_of(journey)
            plan = sequence.handoffs[journey.pending[0].what]
            at = calendar_for(book, state, sequence).add(event.at, plan.when_full.retry)
            again = replace(journey.pending[0], at=at)
            later = changed(journey, pending=(*journey.pending[1:], again))
            if not plan.when_full.keep_nurturing and journey.status is not Status.DONE:
                later = changed(later, status=Status.PAUSED, pause=Pause(event.at, at, "sales has no room"))
            return with_journey(state, later, event.at)
    return state


def handoff_closed(book: Book, state: LeadState, event: Event) -> LeadState:
    """Sales answered: accepted ends the journey, rejected does what the plan says, expired goes on nurturing.

    A journey that a person stopped meanwhile ends with any answer, after what the answer leads to.
    """
    journey = next((j for j in state.journeys if j.handoff == event.name and j.status is Status.WITH_SALES), None)
    if journey is None:
        return state
    outcome = _outcome(book, journey, event)
    then = Then(move=outcome.move, enroll=outcome.enroll, reason=outcome.reason, after=outcome.after)
    acts = pending_of(book, state, book.sequence_of(journey), then, event.at, _answered(event))
    if outcome.resume and not journey.stopped:
        back = changed(journey, status=Status.OPEN, since=event.at, handed_at=None, pending=acts)
    else:
        ended = journey.outcome if journey.stopped else f"handoff: {_answered(event)}"
        back = changed(journey, status=Status.DONE, pending=acts, outcome=ended)
    return with_journey(_with_owner(state, event), back, event.at)


def _outcome(book: Book, journey: Journey, event: Event) -> Outcome:
    plan = book.sequence_of(journey).handoffs.get(str(event.details.get("handoff") or ""))
    if plan is None:
        return Outcome(resume=True)
    return plan.outcome_of(str(event.details["outcome"]), str(event.details.get("reason") or ""))


def _answered(event: Event) -> str:
    return f"sales {event.details['outcome']} {event.details.get('reason') or ''}".strip()


def _with_owner(state: LeadState, event: Event) -> LeadState:
    rep = str(event.details.get("rep") or "")
    if event.details["outcome"] != "accepted" or not rep:
        return state
    return changed(state, lead=replace(state.lead, owner=rep))
