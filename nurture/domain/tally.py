"""What a simulation counted: touches by day and channel, load on mailboxes and reps, stages, who starved and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from nurture.domain.decisions import Advance, Decision, Turn, Wait
from nurture.domain.events import Event, EventKind
from nurture.domain.state import LeadState
from nurture.domain.touch import Touch

if TYPE_CHECKING:
    from nurture.domain.sales_floor import RepAnswer
    from nurture.domain.simulator import Person

_SAID = frozenset(
    {
        EventKind.OPENED,
        EventKind.CLICKED,
        EventKind.REPLIED,
        EventKind.AUTO_REPLIED,
        EventKind.OPTED_OUT,
        EventKind.COMPLAINED,
        EventKind.BOUNCED,
        EventKind.HAPPENED,
    }
)
_REPLAN, _ACT = Turn.REPLAN, Turn.ACT
"""Looked up once: until Python 3.12 each look-up of a member costs as much as ten comparisons."""


@dataclass
class Tally:
    """Counters of one run. `touches` is by (day number from the start, channel), load on reps by (rep, day number).

    Load on mailboxes is by (mailbox, its own local date), as its cap is. `delays` are days that touches were put off.
    `steps` are touches by (sequence, step, channel), `acts` the steps that set something in motion.
    """

    start: datetime
    touches: Counter[tuple[int, str]] = field(default_factory=Counter)
    steps: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    mailboxes: Counter[tuple[str, date]] = field(default_factory=Counter)
    reps: Counter[tuple[str, int]] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    handoffs: Counter[str] = field(default_factory=Counter)
    offers: Counter[str] = field(default_factory=Counter)
    acts: Counter[tuple[str, str]] = field(default_factory=Counter)
    entered: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    delays: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    skipped: Counter[tuple[str, str]] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    starved: Counter[str] = field(default_factory=Counter)
    touched: set[str] = field(default_factory=set)
    turned_away: set[str] = field(default_factory=set)
    waiting: int = 0

    def enters(self, lead: str, sequence: str, refusal: str) -> None:
        """Somebody entered a sequence, or was refused for a reason."""
        (self.refused if refusal else self.entered)[refusal or sequence] += 1
        (self.turned_away.add if refusal else self.turned_away.discard)(lead)

    def speaks(self, touch: Touch, sender: str, sender_day: date, now: datetime) -> None:
        """A message went out."""
        day = (now - self.start).days
        self.touches[day, str(touch.channel)] += 1
        self.steps[touch.sequence, touch.step, str(touch.channel)] += 1
        self.mailboxes[sender, sender_day] += 1
        self.touched.add(touch.lead)

    def asks(self, touch: Touch, rep: str, now: datetime) -> None:
        """A rep got a task."""
        day = (now - self.start).days
        self.touches[day, str(touch.channel)] += 1
        self.steps[touch.sequence, touch.step, str(touch.channel)] += 1
        self.reps[rep, day] += 1
        self.touched.add(touch.lead)

    def hands_over(self, name: str, rep: str, answer: RepAnswer, now: datetime) -> None:
        """A hand-off was made, and will be answered like this."""
        self.offers[name] += 1
        self.handoffs["created"] += 1
        self.handoffs[answer.outcome] += 1
        self.handoffs["late"] += answer.late
        self.reps[rep, (now - self.start).days] += 1

    def handoff_waits(self) -> None:
        """Sales had no room."""
        self.handoffs["full"] += 1

    def hears(self, event: Event) -> None:
        """Somebody answered."""
        if event.kind in _SAID:
            intent = event.details.get("intent")
            self.answers[f"{event.kind} {intent}" if intent else str(event.kind)] += 1

    def waits(self, code: str, delay: timedelta) -> None:
        """A touch was put off on its way out: its mailbox is full, or law forbids the hour."""
        self.held[code] += 1
        self.delays[code] += delay / timedelta(days=1)

    def turns(self, turn: Advance) -> None:
        """A touch was put off or passed over, or a step set something in motion."""
        if turn.turn is _REPLAN:
            self.held[turn.rule] += 1
        elif turn.rule in ("unreachable", "stale", "holdout", "only_if"):
            self.skipped[f"{turn.sequence}/{turn.step}", turn.rule] += 1
        elif turn.turn is _ACT and turn.rule == "step":
            self.acts[turn.sequence, turn.step] += 1

    def ends(self, person: Person, state: LeadState, decision: Decision, end: datetime) -> None:
        """The time is up: where this lead stands, and if it never heard from us, why."""
        self.stages[state.stage] += 1
        if isinstance(decision, Wait) and decision.until > end:
            self.waiting += 1
        if person.lead.id not in self.touched and person.lead.id not in self.turned_away:
            self.starved[_why_silent(state, decision)] += 1

    def by_channel(self) -> dict[str, int]:
        """Return touches by channel over all days."""
        total: Counter[str] = Counter()
        for (_, channel), count in self.touches.items():
            total[channel] += count
        return dict(total)

    def by_step(self) -> dict[str, int]:
        """Return touches by `sequence/step`, over all channels."""
        total: Counter[str] = Counter()
        for (sequence, step, _), count in sorted(self.steps.items()):
            total[f"{sequence}/{step}"] += count
        return dict(total)

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values, in a stable order."""
        days = sorted({day for day, _ in self.touches})
        return {
            "touches": self.by_channel(),
            "per_day": [{"day": d, **{c: n for (day, c), n in sorted(self.touches.items()) if day == d}} for d in days],
            "steps": self.by_step(),
            "mailboxes": _peaks(self.mailboxes),
            "reps": _peaks(self.reps),
            "acts": {f"{sequence}/{step}": count for (sequence, step), count in sorted(self.acts.items())},
            "answers": dict(sorted(self.answers.items())),
            "handoffs": {key: self.handoffs[key] for key in ("created", "accepted", "rejected", "late", "full")},
            "entered": dict(sorted(self.entered.items())),
            "refused": dict(sorted(self.refused.items())),
            "held": dict(sorted(self.held.items())),
            "days_put_off": {code: round(days / self.held[code], 1) for code, days in sorted(self.delays.items())},
            "skipped": {f"{step} {why}": count for (step, why), count in sorted(self.skipped.items())},
            "stages": dict(sorted(self.stages.items())),
            "starved": dict(self.starved.most_common()),
            "waiting": self.waiting,
        }


def _why_silent(state: LeadState, decision: Decision) -> str:
    """Return in a few words why somebody who entered never heard from us."""
    if isinstance(decision, Wait) and decision.blocked_by:
        return f"held: {decision.blocked_by}"
    if state.silence:
        return state.silence
    closed = sorted({f"{channel} {why}" for channel, why in state.lead.unreachable.items()})
    if state.past:
        outcome = next(iter(state.past.values())).outcome
        return f"ended before the first touch: {outcome.partition(':')[0]}" if not closed else ", ".join(closed)
    return ", ".join(closed) or "not due yet"


def _peaks(load: Mapping[tuple[str, Any], int]) -> dict[str, dict[str, int]]:
    """Return the total and the busiest day of each mailbox or rep."""
    names = sorted({name for name, _ in load})
    return {
        name: {
            "total": sum(count for (who, _), count in load.items() if who == name),
            "busiest_day": max(count for (who, _), count in load.items() if who == name),
        }
        for name in names
    }
