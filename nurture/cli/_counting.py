"""The counts behind `nurture report`: from the store only, in memory that grows with people, not with touches."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nurture.cli._rates import rate
from nurture.cli.uncertain import as_document
from nurture.domain.events import Event, EventKind
from nurture.domain.tasks import Task, TaskKind, TaskStatus
from nurture.domain.touch import ON_THE_WIRE, Touch, TouchState

if TYPE_CHECKING:
    from nurture.store import Store

Step = tuple[str, str]
"""Sequence and step."""
_TOGETHER = 64
"""Leads whose facts are read at the same time."""
_EVERY_TASK = 1_000_000
_ANSWERS = (EventKind.OPENED, EventKind.CLICKED, EventKind.REPLIED, EventKind.OPTED_OUT, EventKind.BOUNCED)


@dataclass(slots=True)
class Reach:
    """Who was spoken to, and who answered which step: every set becomes a number of people."""

    leads: dict[str, str] = field(default_factory=dict)
    by_sequence: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_step: dict[Step, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_variant: dict[Step, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    answers: dict[Step, Counter[EventKind]] = field(default_factory=lambda: defaultdict(Counter))
    variant_answers: dict[tuple[Step, str], Counter[EventKind]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, touch: Touch) -> None:
        """A touch left, or may have left."""
        lead = self.leads.setdefault(touch.lead, touch.lead)  # one string a person, however many touches
        step = (touch.sequence, touch.step)
        self.by_sequence[touch.sequence].add(lead)
        self.by_step[step].add(lead)
        if touch.variant:
            self.by_variant[step][touch.variant].add(lead)

    def hear(self, lead: str, facts: Sequence[Event]) -> None:
        """Count each kind of answer of a person once a step, and only to steps that reached them."""
        for step, kind in {((fact.sequence, fact.step), fact.kind) for fact in facts if _answers(fact)}:
            self.answers[step][kind] += lead in self.by_step.get(step, ())
            for variant, people in self.by_variant.get(step, {}).items():
                self.variant_answers[step, variant][kind] += lead in people


async def counts(store: Store, now: datetime, on_progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Return the whole report at `now` (UTC) as plain values; `on_progress` hears (leads read, leads in all)."""
    reports = store.reports
    touched = await reports.touch_counts()
    reach = await _reach(store)
    await _hear(store, reach, on_progress)
    stages, heard = await reports.stages(), await reports.event_counts()
    return {
        "at": now,
        "people": sum(stages.values()),
        "stages": dict(stages),
        "reached": len(reach.leads),
        "reached_by": {name: len(people) for name, people in sorted(reach.by_sequence.items())},
        "touches": _by_channel(touched),
        "steps": [_step(key, touched, reach) for key in sorted({(each.sequence, each.step) for each in touched})],
        "variants": _variants(reach),
        "withheld": _withheld(touched),
        "answers": dict(sorted(heard.items())),
        "opt_outs": _opt_outs(heard, reach),
        "handoffs": _handoffs(await store.tasks.of(limit=_EVERY_TASK), now),
        "uncertain": [as_document(row) for row in await reports.uncertain(now)],
        "untold": await reports.untold(),
    }


async def _reach(store: Store) -> Reach:
    """Walk the ledger once: whom did a message or task reach, in which sequence, at which step?"""
    reach = Reach()
    async for row in store.reports.ledger():
        if row.state in ON_THE_WIRE:
            reach.add(row.touch)
    return reach


async def _hear(store: Store, reach: Reach, on_progress: Callable[[int, int], None]) -> None:
    """Read the facts of everybody who was reached, and count their answers."""
    leads = sorted(reach.leads)
    for start in range(0, len(leads), _TOGETHER):
        part = leads[start : start + _TOGETHER]
        for lead, facts in zip(part, await asyncio.gather(*map(store.inbox.of_lead, part)), strict=True):
            reach.hear(lead, facts)
        on_progress(start + len(part), len(leads))


def _answers(fact: Event) -> bool:
    """Whether a fact is a person's answer to a step of ours: scanners click, too."""
    return bool(fact.step) and fact.kind in _ANSWERS and bool(fact.details.get("human", True))


def _by_channel(touched: Sequence[Any]) -> dict[str, dict[str, int]]:
    """Return channel -> state -> touches, with `made` for all that left or may have left."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for each in touched:
        found[each.channel][each.state] += each.count
        found[each.channel]["made"] += each.count * (each.state in ON_THE_WIRE)
    return {channel: dict(states) for channel, states in sorted(found.items())}


def _step(key: Step, touched: Sequence[Any], reach: Reach) -> dict[str, Any]:
    states: Counter[str] = Counter()
    mine = [each for each in touched if (each.sequence, each.step) == key]
    for each in mine:
        states[each.state] += each.count
    people = len(reach.by_step[key])
    return {
        "sequence": key[0],
        "step": key[1],
        "channels": sorted({each.channel for each in mine}),
        "made": sum(states[state] for state in ON_THE_WIRE),
        "people": people,
        "states": {str(state): states[state] for state in TouchState if states[state]},
    } | _answered(reach.answers[key], people)


def _variants(reach: Reach) -> list[dict[str, Any]]:
    return [
        {"sequence": step[0], "step": step[1], "variant": variant, "people": len(people)}
        | _answered(reach.variant_answers[step, variant], len(people))
        for step, variants in sorted(reach.by_variant.items())
        for variant, people in sorted(variants.items())
    ]


def _answered(answers: Mapping[EventKind, int], people: int) -> dict[str, Any]:
    return {
        **{str(kind): answers.get(kind, 0) for kind in _ANSWERS},
        "click_rate": rate(answers.get(EventKind.CLICKED, 0), people),
        "reply_rate": rate(answers.get(EventKind.REPLIED, 0), people),
    }


def _withheld(touched: Sequence[Any]) -> dict[str, int]:
    """Return reason code -> touches that were not made for it, the commonest first."""
    found: Counter[str] = Counter()
    for each in touched:
        if each.state in (TouchState.SUPPRESSED, TouchState.CANCELLED, TouchState.REFUSED):
            found[each.code or each.state] += each.count
    return dict(found.most_common())


def _opt_outs(heard: Mapping[str, int], reach: Reach) -> dict[str, int]:
    answered = sum(answers[EventKind.OPTED_OUT] for answers in reach.answers.values())
    return {
        "people": heard.get(EventKind.OPTED_OUT, 0),
        "in_answer_to_a_touch": answered,
        "complaints": heard.get(EventKind.COMPLAINED, 0),
    }


def _handoffs(tasks: Sequence[Task], now: datetime) -> dict[str, Any]:
    """Return hand-offs by how they ended; late is any that broke a promise, whoever answered it in the end."""
    offered = {task.id: task for task in tasks if task.kind == TaskKind.HANDOFF}
    noted = {str(task.details.get("handoff")) for task in tasks if task.details.get("news") == "late"}
    overdue = {key for key, task in offered.items() if task.due_at and (task.closed_at or now) > task.due_at}
    status = Counter(task.status for task in offered.values())
    rejected = Counter(task.outcome or "no reason" for task in offered.values() if task.status is TaskStatus.REJECTED)
    return {
        "created": len(offered),
        "open": status[TaskStatus.OPEN],
        "accepted": status[TaskStatus.ACCEPTED] + status[TaskStatus.DONE],
        "rejected": status[TaskStatus.REJECTED],
        "expired": status[TaskStatus.CANCELLED],
        "late": len((noted & offered.keys()) | overdue),
        "reject_reasons": dict(rejected.most_common()),
    }
