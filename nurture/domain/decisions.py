"""What the planner can answer. Each answer carries the rule that made it and its inputs, in words."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from nurture.domain.changing import value
from nurture.domain.duration import Duration
from nurture.domain.sequence import Then
from nurture.domain.touch import Touch


@value(kw_only=True)
class Decided:
    """What every decision tells: for which sequence and step, by which rule, and why in words."""

    sequence: str = ""
    step: str = ""
    rule: str = ""
    why: str = ""


@value(kw_only=True)
class Wait(Decided):
    """Nothing to do before `until` (UTC). `blocked_by` names what holds the lead up, "" when it is just too early."""

    until: datetime
    blocked_by: str = ""


@value(kw_only=True)
class Speak(Decided):
    """Send this touch."""

    touch: Touch


@value(kw_only=True)
class AskRep(Decided):
    """Open this task for a rep: a call or another manual deed, due at `due_at` (UTC)."""

    touch: Touch
    kind: str
    title: str
    due_at: datetime
    outcomes: tuple[str, ...] = ()


@value(kw_only=True)
class HandOver(Decided):
    """Offer the lead to sales under the plan `name` of the sequence; `id` is `handoff-<lead>-<n>`."""

    id: str
    name: str
    version: str = ""


@value(kw_only=True)
class PassOn(Decided):
    """Give a reply (the id of its fact) that no sequence waits for to a person."""

    reply: str


@value(kw_only=True)
class Move(Decided):
    """Move the lead to another stage."""

    stage: str


@value(kw_only=True)
class Enroll(Decided):
    """Start another sequence for this lead."""

    target: str


class Turn(StrEnum):
    """What an Advance does to its journey."""

    GO = "go"  # to another step
    REPLAN = "replan"  # same step, later
    PAUSE = "pause"
    RESUME = "resume"
    ACT = "act"  # set actions in motion and go on
    STOP = "stop"  # set actions in motion and end
    RETRY = "retry"  # ask the rep once more
    CHANGE = "change"  # to another version of its sequence
    DROP = "drop"  # a set action turned out not to be possible


@value(kw_only=True)
class Advance(Decided):
    """A turn that needs nobody outside: the driver applies it at once and asks again.

    `to` is the step to go on at, `then` what is set in motion, `until` (UTC) the new time of the step, `after` the
    delay of a retry, `bad_field` the lead's field that turned out to be wrong.
    """

    turn: Turn
    to: str = ""
    then: Then | None = None
    until: datetime | None = None
    after: Duration | None = None
    bad_field: str = ""


@value(kw_only=True)
class Done(Decided):
    """Nothing is open: the lead may rest until something happens."""


Decision = Wait | Speak | AskRep | HandOver | PassOn | Move | Enroll | Advance | Done
