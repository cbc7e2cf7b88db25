"""A sequence, compiled: a flat graph of steps that point at each other by id, and the rules that hold around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from nurture.domain.condition import Condition
from nurture.domain.duration import Duration
from nurture.domain.handoff import HandoffPlan
from nurture.domain.lead import Channel, Purpose

END = ""
"""The step id behind the last step."""


@dataclass(frozen=True, slots=True)
class Then:
    """What a rule, an outcome or a step sets in motion, in this order: move, enroll, hand over; then where to go on.

    `after` delays the enrolment. `resume` goes on at the step where the journey was interrupted, `stop` ends it.
    """

    move: str = ""
    enroll: str = ""
    handoff: str = ""
    reason: str = ""
    after: Duration | None = None
    go_to: str | None = None
    resume: bool = False
    stop: bool = False


@dataclass(frozen=True, slots=True)
class At:
    """A moment relative to a date of the lead: `5 business days before lead.trial_ends_at`. In the past means now."""

    field: str
    offset: Duration | None = None
    before: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What every step has: its id, the one behind it, when it is due and whether at all.

    `in_window` steps reach the person, so they wait for the hours in which they may.
    """

    in_window: ClassVar[bool] = False
    id: str
    next: str = END
    after: Duration | None = None
    at: At | None = None
    only_if: Condition | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """An A/B test: shares in percent by variant; `holdout` is the share that hears nothing."""

    name: str
    shares: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(Step):
    """Send a message on the first channel of `options` (channel, template) that is open to us."""

    in_window: ClassVar[bool] = True
    options: tuple[tuple[Channel, str], ...]
    experiment: Experiment | None = None
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(Say):
    """Double opt-in: ask to confirm `wording` and wait for it, at most `up_to`; `remind` once on the way."""

    in_window: ClassVar[bool] = False
    wording: str
    up_to: Duration
    remind: Duration | None = None
    then: str = END
    otherwise: str = END


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a call's or task's outcome leads to. `retries` more tries, `every` so often, then `otherwise`."""

    then: Then = field(default_factory=Then)
    retries: int = 0
    every: Duration | None = None
    otherwise: Then = field(default_factory=Then)
    bad_field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Step):
    """Ask a rep for a call or another manual deed; `wait` is how long the journey holds still for the answer."""

    in_window: ClassVar[bool] = True
    channel: Channel
    kind: str
    template: str = ""
    title: str = ""
    due: Duration | None = None
    wait: Duration | None = None
    outcomes: Mapping[str, Reaction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitFor(Step):
    """Wait until a condition (None: the goal) holds, at most `up_to`; then one way or the other."""

    until: Condition | None
    up_to: Duration
    then: str = END
    otherwise: str = END


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork(Step):
    """Take the first arm whose condition holds; None always does."""

    arms: tuple[tuple[Condition | None, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(Step):
    """Move, enroll or hand over, then go on."""

    then: Then


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump(Step):
    """Go on at another step."""

    to: str


@dataclass(frozen=True, slots=True)
class StopRule:
    """When this holds, the journey ends and `then` happens. `resume` in a hand-off's outcome may reopen it."""

    when: Condition
    then: Then


@dataclass(frozen=True, slots=True)
class PauseRule:
    """When this holds, the journey holds still: until the return date, a condition or a time, at most `longest`."""

    when: Condition
    longest: Duration
    until: Condition | None = None
    return_date: bool = False
    times: int = 1_000


@dataclass(frozen=True, slots=True)
class Goal:
    """What the sequence is for; reaching it ends the journey, and so does its deadline."""

    name: str
    when: Condition
    within: Duration | None = None


@dataclass(frozen=True, slots=True)
class Enter:
    """Who comes in: on an event, by segment or by hand, and who does not."""

    on: str = ""
    segment: Condition | None = None
    by_hand: bool = False
    only_if: Condition | None = None
    unless: Condition | None = None
    again: str = "never"
    again_after: Duration | None = None
    priority: int = 0
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Timing:
    """When steps may happen. `late` is what becomes of an overdue touch: skip (after `late_after`), window or send."""

    timezone: str = "lead"
    fallback: str = "UTC"
    window: str = ""
    spread: Duration | None = None
    late: str = "skip"
    late_after: Duration = field(default_factory=lambda: Duration(3, "day"))


@dataclass(frozen=True, slots=True)
class Sequence:
    """One version of a sequence. `caps` are (channel or "any", touches, days); `steps` is the graph by id.

    `alarm` are memory keys: before one is remembered no stop or pause rule and no goal can hold. None: they may.
    """

    id: str
    version: str
    title: str
    purpose: Purpose
    enter: Enter
    timing: Timing
    caps: tuple[tuple[str, int, int], ...]
    pool: str
    sticky: bool
    stop: tuple[StopRule, ...]
    pause: tuple[PauseRule, ...]
    watch: tuple[StopRule, ...]
    goal: Goal | None
    first: str
    steps: Mapping[str, Step]
    handoffs: Mapping[str, HandoffPlan]
    resend_uncertain: bool = False
    topic: str = ""
    alarm: frozenset[str] | None = None
