"""What comes next for a lead: the most urgent thing any of its journeys wants, with the reason in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from nurture.domain.changes import fate_of, why_not_yet
from nurture.domain.decisions import Advance, Decision, Done, Enroll, HandOver, Move, PassOn, Turn, Wait
from nurture.domain.lead import Purpose
from nurture.domain.memory import fact_key
from nurture.domain.sequence import PauseRule, Sequence, Then
from nurture.domain.stage import is_silent, why_not_move
from nurture.domain.state import Book, Deed, Journey, LeadState, Pending, Status
from nurture.domain.stepping import decide_step
from nurture.domain.timing import ANSWER_GRACE
from nurture.domain.view import JourneyView

REPLIED = fact_key("replied")
_ONWARD = frozenset({Turn.GO, Turn.REPLAN})
_DONE, _PAUSED, _WITH_SALES, _SERVICE = Status.DONE, Status.PAUSED, Status.WITH_SALES, Purpose.SERVICE
"""Looked up once: until Python 3.12 each look-up of a member costs as much as ten comparisons."""


def decide(book: Book, state: LeadState, now: datetime, after: Advance | None = None) -> Decision:
    """Return what comes next. Pure: the same book, state and `now` (UTC) always give the same answer.

    `after` is the turn taken just before, at the same instant, if any; it saves work and never changes the answer.
    """
    if state.unanswered:
        return PassOn(rule="reply", why="the lead replied, and no sequence is open", reply=state.unanswered[0])
    soonest: Wait | None = None
    for journey in state.journeys if len(state.journeys) == 1 else by_priority(book, state):
        if journey.is_over:
            continue
        decision = _decide_journey(book, state, journey, now, after)
        if not isinstance(decision, Wait):
            return decision
        if soonest is None or decision.until < soonest.until:
            soonest = decision
    return soonest or Done(why="no sequence is open")


def by_priority(book: Book, state: LeadState) -> list[Journey]:
    """Return the journeys that are not over, the most important first, then the oldest."""
    open_ones = [journey for journey in state.journeys if not journey.is_over]
    return sorted(open_ones, key=lambda j: (-book.sequence_of(j).enter.priority, j.enrolled_at, j.sequence))


def _decide_journey(book: Book, state: LeadState, journey: Journey, now: datetime, after: Advance | None) -> Decision:
    sequence = book.sequence_of(journey)
    if journey.moves_to and not why_not_yet(journey):
        fate = fate_of(sequence, book.sequences[journey.moves_to], journey.step)
        return replace(_turn(journey, Turn.CHANGE, "changes", f"a new version: {fate.why}"), to=fate.to)
    if journey.pending and (journey.status is _DONE or _is_due(journey.pending[0], now)):
        return _pending(book, state, journey, journey.pending[0], now)
    decision = _decide_open(book, state, sequence, journey, now, after)
    if isinstance(decision, Wait) and journey.pending and (at := journey.pending[0].at) and at < decision.until:
        return replace(decision, until=at)
    return decision


def _is_due(act: Pending, now: datetime) -> bool:
    return act.at is None or act.at <= now


def _decide_open(
    book: Book, state: LeadState, sequence: Sequence, journey: Journey, now: datetime, after: Advance | None
) -> Decision:
    if state.pause is not None and now < state.pause.until:
        return _on_hold(sequence, journey, state.pause.until, state.pause.why, now)
    if journey.status is _WITH_SALES:
        return _with_sales(sequence, journey, now)
    if after is None or after.turn not in _ONWARD or after.bad_field or after.sequence != journey.sequence:
        # Going on or re-planning changes nothing that a rule looks at, and no rule held a moment ago.
        turn = _rule_turn(book, state, sequence, journey, now)
        if turn is not None:
            return turn
    if journey.status is _PAUSED and journey.pause is not None:
        return _on_hold(sequence, journey, journey.pause.until, journey.pause.why, now)
    return decide_step(book, state, sequence, journey, now)


def _pending(book: Book, state: LeadState, journey: Journey, act: Pending, now: datetime) -> Decision:
    if not _is_due(act, now) and act.at is not None:
        why = f"will {act.deed} {act.what}: {act.reason or 'as planned'}"
        return Wait(sequence=journey.sequence, step=journey.step, rule=act.deed, why=why, until=act.at)
    if act.deed is Deed.ENROLL:
        return Enroll(sequence=journey.sequence, step=journey.step, rule=act.deed, why=act.reason, target=act.what)
    if act.deed is Deed.MOVE:
        refusal = why_not_move(book.policies.stages, state.stage, act.what, "engine")
        return _drop(journey, act, refusal) if refusal else _move(journey, act)
    if any(other.status is _WITH_SALES for other in state.journeys):
        return _drop(journey, act, "a rep already has this lead")
    return _hand_over(state, journey, act)


def _move(journey: Journey, act: Pending) -> Move:
    return Move(sequence=journey.sequence, step=journey.step, rule=act.deed, why=act.reason, stage=act.what)


def _hand_over(state: LeadState, journey: Journey, act: Pending) -> HandOver:
    return HandOver(
        sequence=journey.sequence,
        step=journey.step,
        rule=act.deed,
        why=act.reason or journey.outcome,
        id=f"handoff-{state.lead.id}-{state.handoffs + 1}",
        name=act.what,
        version=journey.version,
    )


def _drop(journey: Journey, act: Pending, why: str) -> Advance:
    return Advance(sequence=journey.sequence, step=journey.step, rule=act.deed, why=why, turn=Turn.DROP)


def _on_hold(sequence: Sequence, journey: Journey, until: datetime, why: str, now: datetime) -> Decision:
    if now < until:
        return Wait(sequence=sequence.id, step=journey.step, rule="pause", why=why, until=until, blocked_by="paused")
    return Advance(sequence=sequence.id, step=journey.step, rule="pause", why="the pause is over", turn=Turn.RESUME)


def _with_sales(sequence: Sequence, journey: Journey, now: datetime) -> Decision:
    until = (journey.handed_at or now) + ANSWER_GRACE
    if now < until:
        why = f"with sales ({journey.handoff}): waiting for their answer"
        return Wait(
            sequence=sequence.id, step=journey.step, rule="handoff", why=why, until=until, blocked_by="with_sales"
        )
    if journey.stopped:
        return _turn(journey, Turn.STOP, "handoff", f"{journey.outcome}; sales never answered")
    why = "sales never answered: the sequence goes on"
    return Advance(sequence=sequence.id, step=journey.step, rule="handoff", why=why, turn=Turn.RESUME)


def _rule_turn(book: Book, state: LeadState, sequence: Sequence, journey: Journey, now: datetime) -> Advance | None:
    """Return the turn of the first rule that holds: stop, silence, goal, pause, watch, in this order."""
    view = JourneyView(book, state, journey, now, journey.since)
    if sequence.alarm is not None and journey.pause is None and journey.memory.keys().isdisjoint(sequence.alarm):
        # Nothing was heard that a stop or pause rule or the goal could hold on: nine of ten questions end here.
        return (
            _silence_turn(book, state, sequence, journey)
            or _deadline_turn(sequence, journey, now)
            or _watch_turn(sequence, journey, view)
        )
    return (
        _stop_turn(book, state, sequence, journey, view)
        or _goal_turn(sequence, journey, view, now)
        or _pause_turn(book, state, sequence, journey, now)
        or _watch_turn(sequence, journey, view)
    )


def _stop_turn(book: Book, state: LeadState, sequence: Sequence, journey: Journey, view: JourneyView) -> Advance | None:
    for index, rule in enumerate(sequence.stop):
        if rule.when.holds(view):
            return _turn(journey, Turn.STOP, f"stop[{index}]", rule.when.describe(view), rule.then)
    silent = _silence_turn(book, state, sequence, journey)
    if silent is not None:
        return silent
    # The person spoke and no rule says what to do: whoever answers a machine wants a human, not more mail.
    if view.last(REPLIED) is not None:
        return _turn(journey, Turn.STOP, "reply", "the lead replied")
    return None


def _silence_turn(book: Book, state: LeadState, sequence: Sequence, journey: Journey) -> Advance | None:
    if sequence.purpose is _SERVICE:
        return None
    if state.silence:
        return _turn(journey, Turn.STOP, "silence", state.silence)
    if is_silent(book.policies.stages, state.stage):
        return _turn(journey, Turn.STOP, "stage", f"the lead is {state.stage}")
    return None


def _goal_turn(sequence: Sequence, journey: Journey, view: JourneyView, now: datetime) -> Advance | None:
    goal = sequence.goal
    if goal is not None and goal.when.holds(view):
        return _turn(journey, Turn.STOP, "goal", f"goal {goal.name} reached")
    return _deadline_turn(sequence, journey, now)


def _deadline_turn(sequence: Sequence, journey: Journey, now: datetime) -> Advance | None:
    goal = sequence.goal
    if goal is not None and goal.within is not None and now >= journey.enrolled_at + goal.within.plain:
        return _turn(journey, Turn.STOP, "goal", f"goal {goal.name} not reached within {goal.within}")
    return None


def _pause_turn(book: Book, state: LeadState, sequence: Sequence, journey: Journey, now: datetime) -> Advance | None:
    if journey.pause is not None:
        return _resume_turn(book, state, sequence, journey, now)
    for index, rule in enumerate(sequence.pause):
        name = f"pause[{index}]"
        fired = journey.fired.get(name)
        if fired is not None and fired.times >= rule.times:
            continue
        since = max(journey.since, fired.at) if fired else journey.since
        view = JourneyView(book, state, journey, now, since)
        if rule.when.holds(view):
            return _turn(journey, Turn.PAUSE, name, rule.when.describe(view))
    return None


def _resume_turn(book: Book, state: LeadState, sequence: Sequence, journey: Journey, now: datetime) -> Advance | None:
    """Return the end of a pause that waits for a condition (`until: happened(ticket_closed), at most …`)."""
    pause = journey.pause
    rule = pause_rule(sequence, pause.rule) if pause is not None else None
    if pause is None or rule is None or rule.until is None:
        return None
    view = JourneyView(book, state, journey, now, pause.since)
    return _turn(journey, Turn.RESUME, "pause", rule.until.describe(view)) if rule.until.holds(view) else None


def pause_rule(sequence: Sequence, name: str) -> PauseRule | None:
    """Return the pause rule called `pause[n]`, or None for a pause by hand."""
    return next((rule for n, rule in enumerate(sequence.pause) if name == f"pause[{n}]"), None)


def _watch_turn(sequence: Sequence, journey: Journey, view: JourneyView) -> Advance | None:
    if journey.pause is not None:
        return None
    for index, rule in enumerate(sequence.watch):
        if (not journey.fired or f"watch[{index}]" not in journey.fired) and rule.when.holds(view):
            return _turn(journey, Turn.ACT, f"watch[{index}]", rule.when.describe(view), rule.then)
    return None


def _turn(journey: Journey, turn: Turn, rule: str, why: str, then: Then | None = None) -> Advance:
    return Advance(
        sequence=journey.sequence, step=journey.step, rule=rule, why=why, turn=turn, to=journey.step, then=then
    )
