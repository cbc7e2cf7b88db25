"""Double opt-in as a step: ask once, remind at most once, and go on by what the person pressed."""

from __future__ import annotations

from datetime import datetime

from nurture.domain.calendar import Calendar
from nurture.domain.decisions import Advance, Decision, Speak, Turn, Wait
from nurture.domain.memory import fact_key
from nurture.domain.sequence import END, Confirm
from nurture.domain.state import Journey
from nurture.domain.touch import Touch

CONFIRMED = "confirmed"
"""The key a confirmation is remembered by: a yes of the person's own that answers this step."""
_GATE_KNOWS = frozenset({"no_consent", "suppressed", "opted out"})
"""Closed channels that a confirmation may still be asked on, if the person asked for it since: the last gate judges."""


def confirm_turn(
    journey: Journey, step: Confirm, touch: Touch, closed: str, calendar: Calendar, now: datetime
) -> Decision:
    """Return what a confirmation wants at `now` (UTC): `touch` is the message, `closed` why its channel is closed.

    It leaves at once, whatever the window, because the person is waiting for it; nobody is asked more than twice.
    """
    pressed = journey.memory.get(fact_key(CONFIRMED, step=step.id))
    if pressed is not None and pressed >= journey.entered_at:
        return _go(journey, CONFIRMED, "the person confirmed", step.then)
    if journey.asked_at is None:
        if closed and closed not in _GATE_KNOWS:
            return _go(journey, "unreachable", f"{touch.channel}: {closed}", step.otherwise)
        return Speak(sequence=journey.sequence, step=step.id, rule="step", why="asks for a confirmation", touch=touch)
    deadline = calendar.add(journey.asked_at, step.up_to)
    if now >= deadline:
        return _go(journey, "up_to", f"not confirmed within {step.up_to}", step.otherwise)
    until = deadline
    if step.remind is not None and journey.tries == 0:
        reminds = max(calendar.add(journey.asked_at, step.remind), journey.due_at)
        if reminds <= now:
            return Speak(sequence=journey.sequence, step=step.id, rule="remind", why="reminds once", touch=touch)
        until = min(until, reminds)
    why = f"waiting for a confirmation, at most {step.up_to}"
    return Wait(sequence=journey.sequence, step=step.id, rule="time", why=why, until=until, blocked_by="unconfirmed")


def _go(journey: Journey, rule: str, why: str, to: str = END) -> Advance:
    return Advance(sequence=journey.sequence, step=journey.step, rule=rule, why=why, turn=Turn.GO, to=to)
