"""What became of a touch or a task, and where the journey goes from there."""

from __future__ import annotations

from datetime import datetime, timedelta

from nurture.domain.advancing import enter, put_off, with_journey
from nurture.domain.changing import changed
from nurture.domain.events import Event
from nurture.domain.lead import Channel
from nurture.domain.memory import fact_key
from nurture.domain.resending import PROOF_TIME
from nurture.domain.sequence import Ask, Confirm, Say
from nurture.domain.state import Book, Journey, LeadState
from nurture.domain.touch import Answer

KEEP_RECENT = timedelta(days=31)
"""How far back touches are remembered for caps: the longest cap is a month."""
ASK_AGAIN = timedelta(hours=1)
"""When a "not yet" named no time."""
_ANSWERS = {str(answer): answer for answer in Answer}
_NOT_YET, _NEVER, _SENT, _UNKNOWN, _TASK = Answer.NOT_YET, Answer.NEVER, Answer.SENT, Answer.UNKNOWN, Channel.TASK
"""Looked up once: until Python 3.12 each look-up of a member costs as much as ten comparisons."""


def touched(book: Book, state: LeadState, event: Event) -> LeadState:
    """A touch came to an end: sent or unknown go on, never tries the next channel, not yet waits.

    A resend that came to nothing (never) is as unknown as it was: it may have arrived, so no other channel is tried.
    """
    journey, answer = _at_step(state, event), _ANSWERS[str(event.details["outcome"])]
    again = journey is not None and answer is _UNKNOWN and bool(event.details.get("again"))
    given_up = answer is _NEVER and journey is not None and bool(journey.again)  # the first try may have arrived
    if answer is _SENT or given_up or (answer is _UNKNOWN and not again):  # its journey may have ended meanwhile
        state = changed(state, recent=_recent(state, Channel(str(event.details["channel"])), event.at))
    if journey is None:
        return state
    if answer is _NOT_YET:
        until = str(event.details.get("until") or "")
        due = datetime.fromisoformat(until) if until else event.at + ASK_AGAIN
        held = put_off(state, journey, due, _why(event), str(event.details.get("code") or ""), event.at)
        return with_journey(state, held, event.at)
    if again:
        why = "nobody knows whether it arrived, and the sequence says: send it once more"
        held = changed(journey, due_at=event.at + PROOF_TIME, due_why=why, blocked_by="uncertain", again=1)
        return with_journey(state, held, event.at)
    if isinstance(book.sequence_of(journey).steps[journey.step], Confirm):
        return _asked(book, state, journey, event, answer)
    if answer is _NEVER and not journey.again:
        return _refused(book, state, journey, event)
    marked = _mark(journey, event, "sent" if answer is _SENT else "unknown")
    return _onward(book, state, marked, event.at)


def task_opened(book: Book, state: LeadState, event: Event) -> LeadState:
    """A rep was asked; the journey holds still when the step says so, else it goes on."""
    journey, channel = _at_step(state, event), Channel(str(event.details["channel"]))
    if channel is not _TASK:  # a task touches the person only when the rep says so
        state = changed(state, recent=_recent(state, channel, event.at))
    if journey is None:
        return state
    asked = changed(_mark(journey, event, "sent"), asked_at=event.at)
    step = book.sequence_of(journey).steps[journey.step]
    if isinstance(step, Ask) and step.wait is not None:
        return with_journey(state, asked, event.at)
    return _onward(book, state, asked, event.at)


def task_done(_book: Book, state: LeadState, event: Event) -> LeadState:
    """A rep answered: every journey of that sequence remembers the outcome under its step."""
    outcome = str(event.details.get("outcome") or "done")
    journeys = tuple(
        changed(j, outcomes={**j.outcomes, event.step: outcome}) if j.sequence == event.sequence else j
        for j in state.journeys
    )
    return changed(state, journeys=journeys)


def _at_step(state: LeadState, event: Event) -> Journey | None:
    """Return the journey this answer belongs to, None when it has moved on or ended in the meantime."""
    for journey in state.journeys:
        if journey.sequence == event.sequence and journey.step == event.step:
            return journey
    return None


def _refused(book: Book, state: LeadState, journey: Journey, event: Event) -> LeadState:
    step = book.sequence_of(journey).steps[journey.step]
    tried = changed(_mark(journey, event, "refused"), due_why=_why(event))
    if isinstance(step, Say):
        used = [n for n, (channel, _) in enumerate(step.options) if channel == event.details.get("channel")]
        following = max([*used, journey.option]) + 1
        if following < len(step.options):
            return with_journey(state, changed(tried, option=following), event.at)
    return _onward(book, state, tried, event.at)


def _asked(book: Book, state: LeadState, journey: Journey, event: Event, answer: Answer) -> LeadState:
    """A confirmation left (or may have), so the journey holds still; one that may not leave goes the other way."""
    step = book.sequence_of(journey).steps[journey.step]
    assert isinstance(step, Confirm)
    first = journey.asked_at is None
    if answer is _NEVER:
        tried = changed(_mark(journey, event, "refused"), due_why=_why(event))
        if not first:
            return with_journey(state, changed(tried, tries=1), event.at)
        return with_journey(
            state, enter(book, state, book.sequence_of(journey), tried, step.otherwise, event.at), event.at
        )
    marked = _mark(journey, event, "sent" if answer is _SENT else "unknown")
    asked = changed(marked, asked_at=event.at) if first else changed(marked, tries=1)
    return with_journey(state, asked, event.at)


def _onward(book: Book, state: LeadState, journey: Journey, now: datetime) -> LeadState:
    if journey.is_over:
        return with_journey(state, journey, now)
    sequence = book.sequence_of(journey)
    return with_journey(state, enter(book, state, sequence, journey, sequence.steps[journey.step].next, now), now)


def _mark(journey: Journey, event: Event, what: str) -> Journey:
    keys = dict.fromkeys((fact_key(what), fact_key(what, step=event.step)), event.at)
    sent = {**journey.sent, event.step: event.touch} if what == "sent" else journey.sent
    return changed(journey, memory={**journey.memory, **keys}, sent=sent)


def _recent(state: LeadState, channel: Channel, now: datetime) -> tuple[tuple[Channel, datetime], ...]:
    return (*((c, at) for c, at in state.recent if now - at < KEEP_RECENT), (channel, now))


def _why(event: Event) -> str:
    return str(event.details.get("why") or event.details.get("code") or "")
