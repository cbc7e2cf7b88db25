"""The inner turns of a journey: going to a step, re-planning, pausing, stopping, and setting consequences in motion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time

from nurture.domain.changes import carried_over, keeps_its_place
from nurture.domain.changing import changed
from nurture.domain.deciding import pause_rule
from nurture.domain.decisions import Advance, Turn
from nurture.domain.duration import Duration
from nurture.domain.lead import Channel, Lead
from nurture.domain.sequence import END, Sequence, Then
from nurture.domain.state import Book, Deed, Fired, Journey, LeadState, Past, Pause, Pending, Status
from nurture.domain.timing import calendar_for, first_due, late_since

_MOVE, _HANDOFF, _ENROLL = Deed.MOVE, Deed.HANDOFF, Deed.ENROLL
"""Looked up once: until Python 3.12 each look-up of a member costs as much as ten comparisons."""
_CLOSES = {"phone": (Channel.SMS, Channel.WHATSAPP, Channel.CALL), "email": (Channel.EMAIL,)}
"""Which channels a wrong address closes."""


def advance(book: Book, state: LeadState, decision: Advance, now: datetime) -> LeadState:
    """Apply a turn that `decide` returned and return the new state. Pure."""
    journey = next(j for j in state.journeys if j.sequence == decision.sequence and not j.is_over)
    sequence = book.sequence_of(journey)
    if decision.bad_field:
        state = changed(state, lead=_without(state.lead, decision.bad_field))
    turned = _TURNS[decision.turn](book, state, sequence, journey, decision, now)
    return with_journey(state, turned, now)


def enter(book: Book, state: LeadState, sequence: Sequence, journey: Journey, step: str, now: datetime) -> Journey:
    """Return the journey standing at `step` since `now`, with the moment the step is due."""
    due, why = first_due(book, state, sequence, sequence.steps[step], now) if step != END else (now, "")
    return changed(
        journey,
        step=step,
        entered_at=now,
        due_at=due,
        due_why=why,
        overdue_since=None,
        blocked_by="",
        option=0,
        tries=0,
        again=0,
        asked_at=None,
        visits=journey.visits if step == END else {**journey.visits, step: journey.visits.get(step, 0) + 1},
    )


def with_journey(state: LeadState, journey: Journey, now: datetime) -> LeadState:
    """Return the state with this journey in place of the old one; one that is over leaves only its `Past`."""
    alone = len(state.journeys) == 1 and state.journeys[0].sequence == journey.sequence
    others = (journey,) if alone else tuple([journey if j.sequence == journey.sequence else j for j in state.journeys])
    if not journey.is_over:
        return changed(state, journeys=others)
    past = Past(journey.run, now, journey.outcome)
    left = tuple(j for j in others if j.sequence != journey.sequence)
    return changed(state, journeys=left, past={**state.past, journey.sequence: past})


def put_off(state: LeadState, journey: Journey, until: datetime, why: str, blocked_by: str, now: datetime) -> Journey:
    """Return the journey with its step due at `until` instead; one that is overdue stays so, however often it waits."""
    since = late_since(state, journey, now)
    return changed(journey, due_at=until, due_why=why, blocked_by=blocked_by, overdue_since=since)


def pending_of(
    book: Book, state: LeadState, sequence: Sequence, then: Then, now: datetime, why: str
) -> tuple[Pending, ...]:
    """Return the consequences of `then` in their order, each with its reason: move, hand over, enroll (later)."""
    reason = then.reason or why
    acts = [Pending(deed, what, reason) for deed, what in ((_MOVE, then.move), (_HANDOFF, then.handoff)) if what]
    if then.enroll:
        later = calendar_for(book, state, sequence).add(now, then.after) if then.after else None
        acts.append(Pending(_ENROLL, then.enroll, reason, later))
    return tuple(acts)


_Turner = Callable[[Book, LeadState, Sequence, Journey, Advance, datetime], Journey]


def _go(
    book: Book, state: LeadState, sequence: Sequence, journey: Journey, decision: Advance, now: datetime
) -> Journey:
    return enter(book, state, sequence, journey, decision.to, now)


def _replan(
    _book: Book, state: LeadState, _sequence: Sequence, journey: Journey, decision: Advance, now: datetime
) -> Journey:
    return put_off(state, journey, decision.until or now, decision.why, decision.rule, now)


def _pause(
    book: Book, state: LeadState, sequence: Sequence, journey: Journey, decision: Advance, now: datetime
) -> Journey:
    rule = pause_rule(sequence, decision.rule)
    assert rule is not None
    calendar = calendar_for(book, state, sequence)
    until = calendar.add(now, rule.longest)
    if rule.return_date and journey.returns_on:
        back = datetime.combine(date.fromisoformat(journey.returns_on), time(), calendar.zone)
        until = max(calendar.next_open(back.astimezone(UTC)), now)
    times = journey.fired[decision.rule].times if decision.rule in journey.fired else 0
    return changed(
        journey,
        status=Status.PAUSED,
        pause=Pause(now, until, decision.why, decision.rule),
        fired={**journey.fired, decision.rule: Fired(times + 1, now)},
    )


def _resume(
    _book: Book, _state: LeadState, _sequence: Sequence, journey: Journey, _decision: Advance, now: datetime
) -> Journey:
    since = now if journey.status is Status.WITH_SALES else journey.since
    return changed(journey, status=Status.OPEN, pause=None, since=since, handed_at=None)


def _act(
    book: Book, state: LeadState, sequence: Sequence, journey: Journey, decision: Advance, now: datetime
) -> Journey:
    then = decision.then or Then()
    if then.stop:
        return _stop(book, state, sequence, journey, decision, now)
    acts = pending_of(book, state, sequence, then, now, decision.why)
    to = decision.to if then.go_to is None else then.go_to
    moved = journey if to == journey.step else enter(book, state, sequence, journey, to, now)
    if decision.rule.startswith("watch"):
        moved = changed(moved, fired={**moved.fired, decision.rule: Fired(1, now)})
    return changed(moved, pending=(*moved.pending, *acts))


def _stop(
    book: Book, state: LeadState, sequence: Sequence, journey: Journey, decision: Advance, now: datetime
) -> Journey:
    acts = pending_of(book, state, sequence, decision.then or Then(), now, decision.why)
    return changed(journey, status=Status.DONE, pause=None, pending=acts, outcome=f"{decision.rule}: {decision.why}")


def _retry(
    book: Book, state: LeadState, sequence: Sequence, journey: Journey, decision: Advance, now: datetime
) -> Journey:
    tries = journey.tries + 1
    again = enter(book, state, sequence, journey, journey.step, now)
    calendar = calendar_for(book, state, sequence)
    due = calendar.next_open(calendar.add(now, decision.after or Duration(1, "day", business=True)))
    outcomes = {step: outcome for step, outcome in journey.outcomes.items() if step != journey.step}
    return changed(again, tries=tries, due_at=due, due_why=decision.why, outcomes=outcomes)


def _drop(
    _book: Book, _state: LeadState, _sequence: Sequence, journey: Journey, _decision: Advance, _now: datetime
) -> Journey:
    return changed(journey, pending=journey.pending[1:])


def _change(
    book: Book, state: LeadState, sequence: Sequence, journey: Journey, decision: Advance, now: datetime
) -> Journey:
    new = book.sequences[journey.moves_to]
    moved = carried_over(sequence, new, journey)
    if keeps_its_place(sequence, new, journey.step):
        return moved
    return enter(book, state, new, moved, decision.to, now)


_TURNS: dict[Turn, _Turner] = {
    Turn.CHANGE: _change,
    Turn.GO: _go,
    Turn.REPLAN: _replan,
    Turn.PAUSE: _pause,
    Turn.RESUME: _resume,
    Turn.ACT: _act,
    Turn.STOP: _stop,
    Turn.RETRY: _retry,
    Turn.DROP: _drop,
}


def _without(lead: Lead, field: str) -> Lead:
    closed = {str(channel): f"bad {field}" for channel in _CLOSES.get(field, ())}
    fields = {name: value for name, value in lead.fields.items() if name != field}
    return replace(lead, fields=fields, known=lead.known - {field}, unreachable={**lead.unreachable, **closed})
