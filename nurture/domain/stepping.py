"""What the step a journey stands at wants now: wait, speak, ask a rep, or go on."""

from __future__ import annotations

from datetime import datetime, timedelta

from nurture.domain.caps import free_at
from nurture.domain.confirming import confirm_turn
from nurture.domain.decisions import Advance, AskRep, Decision, Speak, Turn, Wait
from nurture.domain.duration import Duration
from nurture.domain.experiment import variant_of
from nurture.domain.lead import Channel
from nurture.domain.reacting import reaction_turn
from nurture.domain.sequence import END, Act, Ask, Confirm, Fork, Jump, Say, Sequence, Step, Then, WaitFor
from nurture.domain.state import Book, Journey, LeadState
from nurture.domain.timing import calendar_for, caught_up_at, in_window, late_since
from nurture.domain.view import JourneyView
from nurture.domain.wishes import catching_up, confirmation, why_now, wish

HOLDOUT = "holdout"
GIVE_WAY = timedelta(hours=4)
"""How long a journey steps back for a more important one before it looks again."""
DEFAULT_DUE = Duration(1, "day", business=True)
"""When a rep should be done with a task whose sequence names no time."""
_GO, _REPLAN, _CALL = Turn.GO, Turn.REPLAN, Channel.CALL
"""Looked up once: until Python 3.12 each look-up of a member costs as much as ten comparisons."""


def decide_step(book: Book, state: LeadState, sequence: Sequence, journey: Journey, now: datetime) -> Decision:
    """Return what the current step wants at `now` (UTC)."""
    if journey.step == END:
        return _go(journey, Turn.STOP, "end", "the sequence is through")
    step = sequence.steps[journey.step]
    if now < journey.due_at and not (isinstance(step, Confirm) and journey.asked_at is not None):
        return _wait(journey, journey.due_at, step, journey.due_why)
    passed = _passed_over(book, state, journey, step, now) if step.only_if is not None else None
    if passed is not None:
        return passed
    match step:
        case Say():
            return _say(book, state, sequence, journey, step, now)
        case Ask():
            return _ask(book, state, sequence, journey, step, now)
        case WaitFor():
            return _wait_for(book, state, sequence, journey, step, now)
        case Fork():
            return _fork(journey, step, JourneyView(book, state, journey, now))
        case Act():
            return _go(journey, Turn.ACT, "step", step.then.reason or step.id, step.next, step.then)
        case Jump():
            return _go(journey, _GO, "go_to", f"on to {step.to}", step.to)
    raise AssertionError(f"a kind of step nobody decides: {type(step).__name__}")


def _passed_over(book: Book, state: LeadState, journey: Journey, step: Step, now: datetime) -> Advance | None:
    view = JourneyView(book, state, journey, now)
    if step.only_if is None or journey.asked_at is not None or step.only_if.holds(view):
        return None
    return _go(journey, _GO, "only_if", step.only_if.describe(view), step.next)


def _say(book: Book, state: LeadState, sequence: Sequence, journey: Journey, step: Say, now: datetime) -> Decision:
    if isinstance(step, Confirm):
        touch, closed = (
            confirmation(state, sequence, journey, step, now),
            state.lead.unreachable.get(Channel.EMAIL, ""),
        )
        return confirm_turn(journey, step, touch, closed, calendar_for(book, state, sequence), now)
    turn = _too_late_or_closed(book, state, sequence, journey, step, now)
    if turn is not None:
        return turn
    variant = variant_of(state.lead.id, step.experiment.name, step.experiment.shares) if step.experiment else ""
    if variant == HOLDOUT:
        return _go(journey, _GO, HOLDOUT, f"holdout of {step.experiment and step.experiment.name}", step.next)
    open_ways = [(c, t) for c, t in step.options[journey.option :] if c not in state.lead.unreachable]
    if not open_ways:
        closed = ", ".join(f"{c}: {state.lead.unreachable.get(c, 'refused')}" for c, _ in step.options)
        return _go(journey, _GO, "unreachable", closed, step.next)
    channel, template = open_ways[0]
    held = _held(book, state, sequence, journey, step, channel, now)
    if held is not None:
        return held
    touch = wish(state, sequence, journey, step.id, channel, template, variant, now)
    return Speak(sequence=sequence.id, step=step.id, rule="step", why=why_now(journey), touch=touch)


def _ask(book: Book, state: LeadState, sequence: Sequence, journey: Journey, step: Ask, now: datetime) -> Decision:
    answer = journey.outcomes.get(step.id)
    if answer is not None and journey.asked_at is not None:
        return reaction_turn(journey, step, answer)
    calendar = calendar_for(book, state, sequence)
    if journey.asked_at is not None:
        until = calendar.add(journey.asked_at, step.wait) if step.wait else now
        if now < until:
            return _wait(journey, until, step, "waiting for the rep's answer", "rep")
        return _go(journey, _GO, "wait", f"no answer from the rep within {step.wait}", step.next)
    turn = _too_late_or_closed(book, state, sequence, journey, step, now)
    if turn is not None:
        return turn
    if step.channel in state.lead.unreachable:
        return _go(journey, _GO, "unreachable", f"{step.channel}: {state.lead.unreachable[step.channel]}", step.next)
    held = _held(book, state, sequence, journey, step, step.channel, now) if step.channel is _CALL else None
    if held is not None:
        return held
    return AskRep(
        sequence=sequence.id,
        step=step.id,
        rule="step",
        why=why_now(journey),
        touch=wish(state, sequence, journey, step.id, step.channel, step.template, "", now),
        kind=step.kind,
        title=step.title,
        due_at=calendar.add(now, step.due or DEFAULT_DUE),
        outcomes=tuple(step.outcomes),
    )


def _too_late_or_closed(
    book: Book, state: LeadState, sequence: Sequence, journey: Journey, step: Step, now: datetime
) -> Advance | None:
    timing, late = sequence.timing, now - (journey.overdue_since or journey.due_at)
    if timing.late == "skip" and late > timing.late_after.plain:
        return _go(journey, _GO, "stale", f"{late.days} days late, more than {timing.late_after}", step.next)
    calendar = calendar_for(book, state, sequence)
    if timing.late != "send" and journey.overdue_since is None and late_since(state, journey, now):
        until = caught_up_at(calendar, sequence, state, step.id, now)
        return _replan(journey, until, "overdue", f"{_in_words(late)} late, caught up with in turn")
    if calendar.is_open(now):
        return None
    until = in_window(calendar, sequence, state, step.id, now)
    return _replan(journey, until, "window", f"outside {calendar.window.name}")


def _held(
    book: Book, state: LeadState, sequence: Sequence, journey: Journey, step: Step, channel: Channel, now: datetime
) -> Decision | None:
    """Return why this touch must give way: a more important sequence of the same person, or a cap."""
    rival = _rival(book, state, journey)
    if rival is not None:
        return _replan(journey, max(rival.due_at, now + GIVE_WAY), "priority", f"{rival.sequence} goes first")
    caught_up = free_at(catching_up(state, sequence, journey, now), state.recent, channel, now)
    held = free_at((*book.policies.caps, *sequence.caps), state.recent, channel, now)
    if held is None and caught_up is None:
        return None
    rule, (free, why) = ("cap", held) if held else ("overdue", caught_up or (now, ""))
    until = in_window(calendar_for(book, state, sequence), sequence, state, step.id, free)
    return _replan(journey, until, rule, why if held else f"overdue touches leave one a day: {why}")


def _rival(book: Book, state: LeadState, journey: Journey) -> Journey | None:
    """Return the journey that excludes this one: both want to be alone, and the other matters more or came first."""
    mine = book.sequence_of(journey).enter
    for other in state.journeys:
        if other.sequence == journey.sequence or other.is_over:
            continue
        theirs = book.sequence_of(other).enter
        first = (-theirs.priority, other.enrolled_at, other.sequence)
        if theirs.alone and mine.alone and first < (-mine.priority, journey.enrolled_at, journey.sequence):
            return other
    return None


def _wait_for(
    book: Book,
    state: LeadState,
    sequence: Sequence,
    journey: Journey,
    step: WaitFor,
    now: datetime,
) -> Decision:
    view = JourneyView(book, state, journey, now)
    if step.until is not None and step.until.holds(view):
        return _go(journey, _GO, "wait_for", step.until.describe(view), step.then)
    deadline = calendar_for(book, state, sequence).add(journey.due_at, step.up_to)
    if now >= deadline:
        return _go(journey, _GO, "up_to", f"nothing within {step.up_to}", step.otherwise)
    asked = step.until.text if step.until is not None else f"goal {sequence.goal.name if sequence.goal else ''}".strip()
    return _wait(journey, deadline, step, f"waiting for {asked}, at most {step.up_to}")


def _fork(journey: Journey, step: Fork, view: JourneyView) -> Advance:
    for condition, target in step.arms:
        if condition is None or condition.holds(view):
            return _go(journey, _GO, "branch", condition.describe(view) if condition else "otherwise", target)
    return _go(journey, _GO, "branch", "no arm holds", step.next)


def _in_words(late: timedelta) -> str:
    count, unit = (late.days, "day") if late.days else (late.seconds // 3_600, "hour")
    return f"{count} {unit}{'s' if count > 1 else ''}"


def _wait(journey: Journey, until: datetime, step: Step, why: str, blocked_by: str = "") -> Wait:
    held = blocked_by or journey.blocked_by
    return Wait(sequence=journey.sequence, step=step.id, rule="time", why=why, until=until, blocked_by=held)


def _go(journey: Journey, turn: Turn, rule: str, why: str, to: str = END, then: Then | None = None) -> Advance:
    return Advance(sequence=journey.sequence, step=journey.step, rule=rule, why=why, turn=turn, to=to, then=then)


def _replan(journey: Journey, until: datetime, rule: str, why: str) -> Advance:
    return Advance(sequence=journey.sequence, step=journey.step, rule=rule, why=why, turn=_REPLAN, until=until)
