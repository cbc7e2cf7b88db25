"""What a demo shows: the progress while it runs, and the outcome as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from nurture.domain.lead import Channel
from nurture.domain.promises import Broken
from nurture.domain.tasks import Task, TaskKind, TaskStatus
from nurture.domain.touch import TouchState
from nurture.intake import ImportReport
from nurture.store import Store

_LEFT = frozenset({TouchState.SENT, TouchState.DELIVERED, TouchState.UNCERTAIN, TouchState.WIRE})
_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a running demo stands. `now` is our time (UTC); `people` counts people with a fact of each kind."""

    now: datetime
    day: float
    days: int
    touches: Mapping[str, int]
    people: Mapping[str, int]
    stages: Mapping[str, int]
    handoffs: Mapping[str, int]


@dataclass(frozen=True)
class Outcome:
    """How a demo ended: the numbers that `--json` prints, and the sentences behind the promises."""

    leads: Mapping[str, int]
    enrolled: int
    touches: Mapping[str, int]
    people: Mapping[str, int]
    withheld: Mapping[str, int]
    stages: Mapping[str, int]
    handoffs: Mapping[str, int]
    broken: Broken
    restarts: int
    days: int
    seconds: float
    temporal_ui: str
    web: str

    def document(self) -> dict[str, Any]:
        """Return the one JSON object of `nurture demo --json`."""
        return {
            "leads": dict(self.leads),
            "enrolled": self.enrolled,
            "touches": dict(self.touches),
            "stages": dict(self.stages),
            "handoffs": dict(self.handoffs),
            "promises": {name: len(found) for name, found in asdict(self.broken).items() if name != "tampered"},
            "tampered": len(self.broken.tampered),
            "days": self.days,
            "seconds": round(self.seconds, 1),
            "temporal_ui": self.temporal_ui,
            "web": self.web,
        }


async def touches_of(store: Store) -> dict[str, int]:
    """Return how many touches left (or may have left), by channel."""
    sent: Counter[str] = Counter()
    for row in await store.reports.touch_counts():
        sent[row.channel] += row.count * (row.state in _LEFT)
    return {str(channel): sent[channel] for channel in Channel}


async def withheld_of(store: Store) -> dict[str, int]:
    """Return how many touches ended without leaving, by the reason's code."""
    why: Counter[str] = Counter()
    for row in await store.reports.touch_counts():
        if row.state in (TouchState.SUPPRESSED, TouchState.CANCELLED, TouchState.REFUSED):
            why[row.code or str(row.state)] += row.count
    return dict(why.most_common())


async def handoffs_of(store: Store) -> dict[str, int]:
    """Return how many hand-offs were created, accepted, rejected, and answered late or not at all."""
    tasks = [task for task in await store.tasks.of(limit=_MANY) if task.kind == TaskKind.HANDOFF]
    status = Counter(task.status for task in tasks)
    return {
        "created": len(tasks),
        "accepted": status[TaskStatus.ACCEPTED],
        "rejected": status[TaskStatus.REJECTED],
        "late": sum(map(_is_late, tasks)),
    }


async def progress_of(store: Store, now: datetime, day: float, days: int) -> Progress:
    """Return where things stand at `now` (UTC), `day` days into the demo."""
    return Progress(
        now=now,
        day=day,
        days=days,
        touches=await touches_of(store),
        people=await store.reports.event_counts(),
        stages=await store.reports.stages(),
        handoffs=await handoffs_of(store),
    )


def counts_of(report: ImportReport) -> dict[str, int]:
    """Return the rows of an import by what became of them."""
    return {
        "read": report.read,
        "imported": report.imported,
        "merged": report.merged,
        "rejected": report.rejected,
    }


def _is_late(task: Task) -> bool:
    """Whether a hand-off was answered after its last deadline, or by nobody."""
    answered_late = bool(task.closed_at and task.due_at and task.closed_at > task.due_at)
    return task.status is TaskStatus.CANCELLED or answered_late
