"""What a decision looked at: every fact its rule weighed, with the value it had at that moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from nurture.domain.condition import Condition
from nurture.domain.deciding import REPLIED, pause_rule
from nurture.domain.experiment import variant_of
from nurture.domain.lead import Channel, Scalar
from nurture.domain.sequence import Ask, Fork, PauseRule, Say, Sequence, Step, StopRule, WaitFor
from nurture.domain.state import Book, Journey, LeadState
from nurture.domain.timing import calendar_for
from nurture.domain.view import JourneyView

Inputs = dict[str, Scalar]
"""Facts by name; moments are ISO 8601 in UTC unless the name says otherwise."""


@dataclass(frozen=True, slots=True)
class Sight:
    """All that a rule can see: one journey of one lead at `now` (UTC). `rule` is the one that decided."""

    book: Book
    state: LeadState
    journey: Journey
    rule: str
    now: datetime

    @property
    def sequence(self) -> Sequence:
        """The version the journey is pinned to."""
        return self.book.sequence_of(self.journey)

    @property
    def step(self) -> Step | None:
        """The step the journey stands at, None at the end."""
        return self.sequence.steps.get(self.journey.step)


def person_inputs(book: Book, state: LeadState, now: datetime) -> Inputs:
    """Return what every decision knows of its lead: stage and score."""
    return {"stage": state.stage, "score": round(JourneyView(book, state, None, now).number("score"), 1)}


def inputs_of(book: Book, state: LeadState, journey: Journey, rule: str, now: datetime) -> Inputs:
    """Return what `rule` looked at (`stop[0]`, `cap`, `window`, …), the same for the same state. Never raises."""
    sight = Sight(book, state, journey, rule, now)
    seen = person_inputs(book, state, now) | _times(sight)
    for look in _LOOKS.get(rule.partition("[")[0], (_speaking,)):
        seen |= look(sight)
    return seen


def entering_inputs(book: Book, state: LeadState, sequence: Sequence | None, now: datetime) -> Inputs:
    """Return what was looked at when a lead asked to enter a sequence, None for one that is not there."""
    seen = person_inputs(book, state, now) | {"source": state.lead.source, "silence": state.silence}
    if sequence is None:
        return seen
    past, rules = state.past.get(sequence.id), sequence.enter
    seen |= {"inside": any(j.sequence == sequence.id for j in state.journeys), "again": rules.again}
    seen |= {"runs before": past.runs, "last ended at": _iso(past.ended_at)} if past else {"runs before": 0}
    view = JourneyView(book, state, None, now)
    for name, asked in (("segment", rules.segment), ("only_if", rules.only_if), ("unless", rules.unless)):
        if asked is not None:
            seen |= {name: asked.text} | asked.inputs(view)
    return seen


def _times(sight: Sight) -> Inputs:
    journey = sight.journey
    seen: Inputs = {"step since": _iso(journey.entered_at), "due at": _iso(journey.due_at), "due": journey.due_why}
    if journey.overdue_since is not None:
        seen["overdue since"] = _iso(journey.overdue_since)
    if journey.asked_at is not None:
        seen["asked at"] = _iso(journey.asked_at)
    return seen


def _hours(sight: Sight) -> Inputs:
    calendar = calendar_for(sight.book, sight.state, sight.sequence)
    local = sight.now.astimezone(calendar.zone)
    return {
        "window": calendar.window.name,
        "zone": calendar.timezone,
        "local time": f"{local:%a %d %b %H:%M}",
        "window open": calendar.is_open(sight.now),
    }


def _limits(sight: Sight) -> Inputs:
    """Count against every limit that binds the step's channels: `{"limit any in 7 days": "2 of 3"}`."""
    channels = {"any", *_ways_of(sight.step)}
    counted: Inputs = {}
    for scope, most, days in (*sight.book.policies.caps, *sight.sequence.caps):
        since = sight.now - timedelta(days=days)
        marks = [c for c, at in sight.state.recent if c is not Channel.TASK and scope in ("any", c) and at > since]
        if scope in channels:
            counted[f"limit {scope} in {days} day{'s' if days > 1 else ''}"] = f"{len(marks)} of {most}"
    return counted


def _ways(sight: Sight) -> Inputs:
    closed = sight.state.lead.unreachable
    return {f"way {channel}": closed.get(channel, "open") for channel in _ways_of(sight.step)}


def _speaking(sight: Sight) -> Inputs:
    return _hours(sight) | _limits(sight) | _ways(sight)


def _late(sight: Sight) -> Inputs:
    timing = sight.sequence.timing
    return {"when late": timing.late, "late after": str(timing.late_after)}


def _rivals(sight: Sight) -> Inputs:
    others = [other for other in sight.state.journeys if other is not sight.journey and not other.is_over]
    found: Inputs = {"priority": sight.sequence.enter.priority}
    return found | {f"priority of {o.sequence}": sight.book.sequence_of(o).enter.priority for o in others}


def _experiment(sight: Sight) -> Inputs:
    tried = sight.step.experiment if isinstance(sight.step, Say) else None
    if tried is None:
        return {}
    shares = ", ".join(f"{name} {share} %" for name, share in tried.shares.items())
    return {
        "experiment": tried.name,
        "shares": shares,
        "variant": variant_of(sight.state.lead.id, tried.name, tried.shares),
    }


def _pauses(sight: Sight) -> Inputs:
    pause = sight.state.pause or sight.journey.pause
    if pause is None:
        return {}
    return {"paused since": _iso(pause.since), "paused until": _iso(pause.until), "paused by": pause.rule or "hand"}


def _sales(sight: Sight) -> Inputs:
    handed = sight.journey.handed_at
    return {"hand-off": sight.journey.handoff, "handed over at": _iso(handed) if handed else None}


def _silence(sight: Sight) -> Inputs:
    return {"silence": sight.state.silence}


def _reply(sight: Sight) -> Inputs:
    at = sight.journey.memory.get(REPLIED)
    return {"replied": _iso(at) if at else None, "looks at facts since": _iso(sight.journey.since)}


def _answers(sight: Sight) -> Inputs:
    return {"answer": sight.journey.outcomes.get(sight.journey.step, ""), "tries": sight.journey.tries}


def _conditions(sight: Sight) -> Inputs:
    seen: Inputs = {}
    for condition, since in _asked(sight):
        view = JourneyView(sight.book, sight.state, sight.journey, sight.now, since)
        seen |= {"condition": "; ".join(filter(None, [str(seen.get("condition") or ""), condition.text]))}
        seen |= condition.inputs(view)
    return seen


def _asked(sight: Sight) -> Iterator[tuple[Condition, datetime | None]]:
    """Yield each condition that the rule asked, with the moment from which it looked at facts."""
    journey, sequence, step = sight.journey, sight.sequence, sight.step
    name, _, number = sight.rule.partition("[")
    for rule in _rules(sequence, name)[int(number[:-1]) :][:1] if number else ():
        yield rule.when, journey.since
    paused = journey.pause and pause_rule(sequence, journey.pause.rule)
    if name == "pause" and journey.pause and paused and paused.until is not None:
        yield paused.until, journey.pause.since
    if name == "goal" and sequence.goal is not None:
        yield sequence.goal.when, journey.since
    if name == "only_if" and step is not None and step.only_if is not None:
        yield step.only_if, None
    if name == "branch" and isinstance(step, Fork):
        yield from ((condition, None) for condition, _ in step.arms if condition is not None)
    if name in ("wait_for", "up_to", "time") and isinstance(step, WaitFor) and step.until is not None:
        yield step.until, None


def _rules(sequence: Sequence, name: str) -> tuple[StopRule | PauseRule, ...]:
    return sequence.pause if name == "pause" else sequence.stop if name == "stop" else sequence.watch


def _ways_of(step: Step | None) -> tuple[Channel, ...]:
    if isinstance(step, Ask):
        return (step.channel,)
    return tuple(channel for channel, _ in step.options) if isinstance(step, Say) else ()


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


_Look = Callable[[Sight], Inputs]
_LOOKS: Mapping[str, tuple[_Look, ...]] = {
    "stop": (_conditions,),
    "watch": (_conditions,),
    "goal": (_conditions,),
    "pause": (_conditions, _pauses),
    "reply": (_reply,),
    "silence": (_silence,),
    "stage": (),
    "only_if": (_conditions,),
    "branch": (_conditions,),
    "wait_for": (_conditions,),
    "up_to": (_conditions,),
    "time": (_hours, _conditions),
    "stale": (_late,),
    "overdue": (_late, _speaking),
    "window": (_hours,),
    "cap": (_hours, _limits),
    "priority": (_rivals,),
    "holdout": (_experiment,),
    "unreachable": (_ways,),
    "handoff": (_sales,),
    "outcome": (_answers,),
    "end": (),
    "go_to": (),
    "changes": (),
    "move": (),
    "enroll": (),
}
"""What each rule looks at beside the lead's stage and score and the step's times; one that speaks looks at everything
that could hold it."""
