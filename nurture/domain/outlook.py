"""What will happen if nobody says anything: the planner run forward on its own answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from nurture.domain.decisions import AskRep, Decided, Decision, Done, Enroll, HandOver, Move, PassOn, Speak, Wait
from nurture.domain.events import Event, EventKind
from nurture.domain.journey import observe, think
from nurture.domain.state import Book, LeadState
from nurture.domain.touch import Answer

MOST = 200
"""Thoughts an outlook may take: a sequence that waits for ever would otherwise never end it."""


def outlook(
    book: Book, state: LeadState, now: datetime, count: int, horizon: timedelta = timedelta(days=365)
) -> list[tuple[datetime, Decision]]:
    """Return up to `count` coming deeds as (UTC, decision), as if every touch were sent and nobody answered."""
    coming: list[tuple[datetime, Decision]] = []
    end = now + horizon
    for number in range(MOST):
        thought = think(book, state, now)
        state, decision = thought.state, thought.decision
        if isinstance(decision, Done) or len(coming) >= count:
            break
        if isinstance(decision, Wait):
            if decision.until > end:
                break
            now = decision.until
            continue
        coming.append((now, decision))
        state = observe(book, state, as_if_done(state, decision, now, number))
    return coming


def as_if_done(state: LeadState, decision: Decision, now: datetime, number: int) -> Event:
    """Return the fact that would tell of this deed's success."""
    told = _told(decision)
    event = Event(f"outlook-{number}", told, state.lead.id, now, details=_facts(decision))
    if isinstance(decision, Speak | AskRep):
        return replace(event, touch=decision.touch.id, sequence=decision.sequence, step=decision.step)
    if isinstance(decision, HandOver):
        return replace(event, name=decision.id)
    if isinstance(decision, PassOn):
        return replace(event, kind=EventKind.REPLY_PASSED_ON, name=decision.reply, details={})
    return replace(event, name=decision.target) if isinstance(decision, Enroll) else event


def _told(decision: Decided) -> EventKind:
    kinds = {Speak: EventKind.TOUCHED, AskRep: EventKind.TASK_OPENED, HandOver: EventKind.HANDOFF_OPENED}
    return kinds.get(type(decision), EventKind.MOVED if isinstance(decision, Move) else EventKind.ENROLLED)


def _facts(decision: Decision) -> dict[str, str]:
    match decision:
        case Speak() | AskRep():
            return {"outcome": str(Answer.SENT), "channel": str(decision.touch.channel)}
        case HandOver():
            return {"handoff": decision.name}
        case Move():
            return {"stage": decision.stage}
    return {"refused": "outlook"}
