"""A finished simulation, in the rows that its table and its charts show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from nurture.domain.lead import Channel
from nurture.domain.senders import cap_on
from nurture.domain.sequence import END, Ask, Confirm, Fork, Jump, Say, Step, WaitFor
from nurture.domain.sequence import Sequence as Plan
from nurture.domain.simulator import World
from nurture.domain.tally import Tally

_WORDS = {
    "unreachable": "no channel is open to us",
    "stale": "it was too late for it",
    "cap": "the person had enough touches",
    "overdue": "it was overdue: spread, and one a day for each person",
    "priority": "another sequence goes first",
    "window": "outside the window",
    "sender_full": "the mailboxes are full",
    "quiet_hours": "law forbids the hour",
    "enter_if": "enter.if does not hold",
    "enter_unless": "enter.unless holds",
}
_MEANT = ("only_if", "holdout")
"""Reasons to pass a step over that its author wrote down."""
CHANNELS = tuple(str(channel) for channel in Channel)
"""The order in which channels are stacked and listed, always the same."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one mailbox or rep had to carry: work by day, and how much a day may bring (0: no limit is known)."""

    name: str
    days: tuple[int, ...]
    limits: tuple[int, ...]

    @property
    def total(self) -> int:
        """All work of the run."""
        return sum(self.days)

    @property
    def busiest(self) -> int:
        """The most that came on one day."""
        return max(self.days, default=0)

    @property
    def limit(self) -> int:
        """The limit on the busiest day."""
        return self.limits[self.days.index(self.busiest)] if self.days else 0

    @property
    def full(self) -> int:
        """On how many days nothing more would fit."""
        return sum(limit > 0 and count >= limit for count, limit in zip(self.days, self.limits, strict=True))


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the funnel: how often it was carried out by each way, and how often passed over, by reason.

    A way is a channel, or `action` for a step that speaks to nobody.
    """

    step: str
    ways: tuple[tuple[str, int], ...]
    skipped: tuple[tuple[str, int], ...] = ()

    @property
    def count(self) -> int:
        """How often it was carried out in all."""
        return sum(count for _, count in self.ways)


@dataclass(frozen=True)
class Simulated:
    """What was simulated and what came of it. `crowd` says in words who the people were."""

    world: World
    tally: Tally
    sequences: Sequence[str]
    leads: int
    days: int
    crowd: str

    def touches(self) -> dict[str, list[int]]:
        """Return the touches of every day by channel; channels that were not used are left out."""
        used = self.tally.by_channel()
        return {
            channel: [self.tally.touches[day, channel] for day in range(self.days)]
            for channel in CHANNELS
            if used.get(channel)
        }

    def date_of(self, day: int) -> date:
        """Return the date of a day of the run, counted from 0."""
        return (self.tally.start + timedelta(days=day)).date()

    def mailboxes(self) -> list[Load]:
        """Return every mailbox and number that was used; each counts by its own date."""
        senders = self.world.book.policies.senders
        loads = []
        dates = [self.date_of(day) for day in range(self.days + 1)]
        for name in sorted({name for name, _ in self.tally.mailboxes}):
            sender = senders.find(name)
            limits = tuple(cap_on(sender, day) if sender else 0 for day in dates)
            loads.append(Load(name, tuple(self.tally.mailboxes[name, day] for day in dates), limits))
        return loads

    def reps(self) -> list[Load]:
        """Return every rep who got work (hand-offs and tasks), and the pool."""
        names = sorted({name for name, _ in self.tally.reps}, key=lambda name: (name == "pool", name))
        return [
            Load(name, tuple(self.tally.reps[name, day] for day in range(self.days)), (0,) * self.days)
            for name in names
        ]

    def stages(self) -> list[tuple[str, int]]:
        """Return how many people stand at each stage at the end, in the order of the stage policy."""
        known = list(self.world.book.policies.stages.stages)
        order = [*known, *sorted(self.tally.stages.keys() - set(known))]
        return [(stage, self.tally.stages[stage]) for stage in order if self.tally.stages[stage]]

    def walked(self) -> list[str]:
        """Return the sequences people were in: those asked for first, then those they were sent on to."""
        return [*self.sequences, *sorted(self.tally.entered.keys() - set(self.sequences))]

    def funnel(self, sequence: str) -> list[Rung]:
        """Return the steps that say, ask or set something in motion, in the order a lead meets them."""
        plan = self.world.book.sequences[self.world.current[sequence]]
        rungs = []
        for step in in_order(plan):
            acted = self.tally.acts[sequence, step.id]
            counts = [(way, self.tally.steps[sequence, step.id, way]) for way in _ways_of(step)]
            ways = tuple(counts) if isinstance(step, Say | Ask) else (("action", acted),)
            skipped = tuple(
                sorted((why, n) for (name, why), n in self.tally.skipped.items() if name == f"{sequence}/{step.id}")
            )
            if isinstance(step, Say | Ask) or acted:
                rungs.append(Rung(step.id, ways, skipped))
        return rungs

    def why_not(self) -> list[tuple[str, str, int]]:
        """Return why touches were late, left out or never came, as (what happened, why, how often), by number."""
        late = [("put off", in_words(code) + self._delay(code, n), n) for code, n in self.tally.held.items()]
        left_out: dict[str, int] = {}
        for (_, why), count in self.tally.skipped.items():
            left_out[why] = left_out.get(why, 0) + count
        rows = [*late, *(("passed over", in_words(why), n) for why, n in left_out.items() if why not in _MEANT)]
        rows += [("not let in", in_words(why), n) for why, n in self.tally.refused.items()]
        rows += [("starved", in_words(why), n) for why, n in self.tally.starved.items()]
        return sorted(rows, key=lambda row: (-row[2], row))

    def _delay(self, code: str, count: int) -> str:
        days = self.tally.delays.get(code)
        return f", by {days / count:.1f} days on average" if days is not None else ""

    def as_json(self, start: datetime, seed: int) -> dict[str, Any]:
        """Return everything as plain values; the same simulation gives the same text."""
        asked = {"sequences": list(self.sequences), "leads": self.leads, "days": self.days, "seed": seed}
        found = self.tally.as_json()
        for load in self.mailboxes():
            found["mailboxes"][load.name] |= {"cap": load.limit, "days_full": load.full}
        return {**asked, "start": start.isoformat(), "crowd": self.crowd, **found}


def in_words(reason: str) -> str:
    """Return a reason code as people say it."""
    return _WORDS.get(reason, reason.replace("_", " "))


def in_order(plan: Plan) -> list[Step]:
    """Return the steps of a sequence so that each comes after those that lead to it, as they are written."""
    done: list[Step] = []
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name == END or name in seen:
            return
        seen.add(name)
        for following in reversed(list(_ways(plan.steps[name]))):
            visit(following)
        done.append(plan.steps[name])

    visit(plan.first)
    return done[::-1]


def _ways(step: Step) -> Iterator[str]:
    """Yield where a step leads, in the order of the file, what lies behind it last."""
    match step:
        case WaitFor() | Confirm():
            ways = [step.then, step.otherwise]
        case Fork():
            ways = [target for _, target in step.arms]
        case Ask():
            goals = [reaction.then.go_to for reaction in step.outcomes.values()]
            ways = [goal for goal in goals if goal]
        case Jump():
            ways = [step.to]
        case _:
            ways = []
    yield from (way for way in ways if way != step.next)
    if not isinstance(step, Jump):
        yield step.next


def _ways_of(step: Step) -> list[str]:
    """Return the channels a step may take, in its order."""
    if isinstance(step, Say):
        return list(dict.fromkeys(str(channel) for channel, _ in step.options))
    return [str(step.channel)] if isinstance(step, Ask) else []
