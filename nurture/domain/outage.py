"""What an outage leaves behind: everything stands still for some days, and then all that was due wakes at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from nurture.domain.decisions import Advance, Decision, Done, Turn, Wait
from nurture.domain.events import Event
from nurture.domain.lead import Channel
from nurture.domain.policies import Policies
from nurture.domain.sequence import Ask, Say
from nurture.domain.simulator import Person, Simulator, World
from nurture.domain.state import Status
from nurture.domain.tally import Tally
from nurture.domain.timing import OVERDUE
from nurture.domain.touch import Touch

Place = tuple[str, str, str]
"""(lead, sequence, step)."""
_SKIPS = ("stale", "unreachable", "only_if", "holdout")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outage:
    """From when to when (UTC) nothing of ours runs: no worker, no web app, no Temporal."""

    begins: datetime
    ends: datetime

    def after(self, at: datetime) -> datetime:
        """Return `at`, or the end of the outage for a moment that lies in it."""
        return self.ends if self.begins <= at < self.ends else at


@dataclass(frozen=True, slots=True)
class Mark:
    """One touch after the outage: to whom, when (UTC), whether it was overdue, and whether its window was open."""

    lead: str
    channel: Channel
    at: datetime
    is_overdue: bool
    is_open: bool


@dataclass
class Aftermath(Tally):
    """A tally that also follows every step that fell due in the outage to its end.

    `fates` is by place: (sent | skipped | stopped, why). `put_off` counts re-plans of those steps by reason.
    """

    outage: Outage = field(kw_only=True)
    policies: Policies = field(kw_only=True)
    overdue: dict[Place, datetime] = field(default_factory=dict)
    fates: dict[Place, tuple[str, str]] = field(default_factory=dict)
    put_off: Counter[str] = field(default_factory=Counter)
    marks: list[Mark] = field(default_factory=list)
    person: Person | None = None

    def speaks(self, touch: Touch, sender: str, sender_day: date, now: datetime) -> None:
        """A message went out."""
        super().speaks(touch, sender, sender_day, now)
        self._leaves(touch, now)

    def asks(self, touch: Touch, rep: str, now: datetime) -> None:
        """A rep got a task."""
        super().asks(touch, rep, now)
        self._leaves(touch, now)

    def turns(self, turn: Advance) -> None:
        """A touch was put off, passed over, or its sequence ended."""
        super().turns(turn)
        place = self._place(turn.sequence, turn.step)
        if place not in self.overdue or place in self.fates:
            return
        if turn.turn is Turn.REPLAN:
            self.put_off[turn.rule] += 1
        elif turn.turn is Turn.STOP:
            self.fates[place] = ("stopped", turn.rule.partition("[")[0])
        elif turn.turn is Turn.GO and turn.rule in _SKIPS:
            self.fates[place] = ("skipped", turn.rule)

    def waits_for(self, touch: Touch, code: str) -> None:
        """A touch that was overdue was put off on its way out."""
        self.put_off[code] += (touch.lead, touch.sequence, touch.step) in self.overdue

    def wakes(self, person: Person, steps: Iterable[tuple[str, str, datetime]]) -> None:
        """Somebody wakes after the outage; `steps` are (sequence, step, due) of what fell due in it."""
        for sequence, step, due in steps:
            self.overdue[person.lead.id, sequence, step] = due

    def ended(self) -> list[tuple[str, str, int]]:
        """Return how the overdue steps ended as (what, why, how many); together they are all of them."""
        ends = Counter(self.fates.get(place, ("waits", "for its turn")) for place in self.overdue)
        order = ("sent", "skipped", "stopped", "waits")
        return [(what, why, n) for (what, why), n in sorted(ends.items(), key=lambda e: (order.index(e[0][0]), e[0]))]

    def broken(self) -> dict[str, int]:
        """Return how often a promise was broken after the outage: all of them must be 0."""
        return {
            "outside_window": sum(not mark.is_open for mark in self.marks),
            "over_cap": sum(1 for _ in self._over_caps()),
            "overdue_twice_a_day": sum(1 for _ in self._twice()),
        }

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values, in a stable order."""
        found = {
            "begins": self.outage.begins.isoformat(),
            "ends": self.outage.ends.isoformat(),
            "overdue": len(self.overdue),
            "ended": [{"what": what, "why": why, "steps": count} for what, why, count in self.ended()],
            "put_off": dict(sorted(self.put_off.items())),
            "broken": self.broken(),
        }
        return {**super().as_json(), "outage": found}

    def _leaves(self, touch: Touch, now: datetime) -> None:
        place = (touch.lead, touch.sequence, touch.step)
        due = self.overdue.get(place)
        if due is not None and place not in self.fates:
            day = (now - self.outage.ends) // _DAY + 1
            self.fates[place] = ("sent", f"on day {day} after it")
        if now < self.outage.ends or touch.channel is Channel.TASK:
            return
        assert self.person is not None
        window = self.policies.calendar(touch.window, touch.timezone, self.person.lead.country)
        late = due is not None and self.outage.ends - due > OVERDUE
        self.marks.append(Mark(touch.lead, touch.channel, now, late, window.is_open(now)))

    def _place(self, sequence: str, step: str) -> Place:
        return (self.person.lead.id if self.person else "", sequence, step)

    def _by_person(self) -> Iterable[list[Mark]]:
        people: dict[str, list[Mark]] = defaultdict(list)
        for mark in self.marks:
            people[mark.lead].append(mark)
        return people.values()

    def _twice(self) -> Iterator[Mark]:
        """Yield overdue touches that left less than a day after another touch."""
        for marks in self._by_person():
            yield from (b for a, b in pairwise(marks) if b.is_overdue and b.at - a.at < _DAY)

    def _over_caps(self) -> Iterator[Mark]:
        for marks in self._by_person():
            for scope, most, days in self.policies.caps:
                asked = [mark for mark in marks if scope in ("any", mark.channel)]
                yield from (b for a, b in zip(asked, asked[most:], strict=False) if b.at - a.at < timedelta(days=days))


class Blackout(Simulator):
    """A simulation in which everything stands still during an outage; what happens in it is heard at its end."""

    def __init__(
        self, world: World, people: Iterable[Person], start: datetime, days: float, aftermath: Aftermath
    ) -> None:
        self.aftermath = aftermath
        super().__init__(world, people, start, days, aftermath)

    def _push(self, at: datetime, who: int, event: Event | None) -> None:
        later = self.aftermath.outage.after(at)
        super()._push(later, who, event if event is None or later == at else replace(event, at=later))

    def _sleep(self, who: int, decision: Wait | Done) -> None:
        super()._sleep(who, decision)
        until = self.awake[who]
        self.awake[who] = self.aftermath.outage.after(until) if until is not None else None

    def _live(self, who: int, now: datetime) -> None:
        self.aftermath.person = self.people[who]
        if now == self.aftermath.outage.ends:
            self.aftermath.wakes(self.people[who], self._missed(who))
        super()._live(who, now)

    def _carry_out(self, who: int, decision: Decision, now: datetime) -> Event:
        answer = super()._carry_out(who, decision, now)
        touch = getattr(decision, "touch", None)
        if touch is not None and answer.details.get("until"):
            self.aftermath.waits_for(touch, str(answer.details["code"]))
        return answer

    def _missed(self, who: int) -> Iterator[tuple[str, str, datetime]]:
        outage = self.aftermath.outage
        for journey in self.states[who].journeys:
            step = self.book.sequence_of(journey).steps.get(journey.step)
            due = outage.begins <= journey.due_at < outage.ends
            if due and journey.status is Status.OPEN and journey.asked_at is None and isinstance(step, Say | Ask):
                yield journey.sequence, journey.step, journey.due_at
