"""Work for people: calls, manual tasks and hand-offs as the store and the inbox know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from nurture.domain.lead import Scalar


class TaskKind(StrEnum):
    """What a rep is asked to do; a note is news and asks for nothing, so it takes no room on anybody's desk.

    Other manual kinds (linkedin, letter, …) keep their own word in `Task.kind`.
    """

    CALL = "call"
    HANDOFF = "handoff"
    MANUAL = "manual"
    REPLY = "reply"
    NOTE = "note"


def reply_task(reply: str) -> str:
    """Return the id of the task in which somebody answers a reply: the same however often it is asked for."""
    return f"reply-{reply}"


class TaskStatus(StrEnum):
    """A task is open until a person or the engine closes it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DONE = "done"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work in a rep's inbox. `id` is deterministic: the touch id, or the hand-off's id.

    `body` is Markdown for the rep (script, reasons, last words); `outcomes` are the answers the rep may give.
    `rep` is "" while it lies in the pool. Times are UTC.
    """

    id: str
    lead: str
    kind: str
    title: str
    body: str = ""
    rep: str = ""
    due_at: datetime | None = None
    status: TaskStatus = TaskStatus.OPEN
    outcome: str = ""
    outcomes: tuple[str, ...] = ()
    sequence: str = ""
    step: str = ""
    created_at: datetime | None = None
    closed_at: datetime | None = None
    details: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True)
class Rep:
    """A person in sales. `hours` names a calendar of policies/calendars.yaml; `capacity` is open tasks at a time."""

    id: str
    name: str
    email: str = ""
    pools: tuple[str, ...] = ()
    timezone: str = "UTC"
    hours: str = "office-hours"
    capacity: int = 50
    languages: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    manager: str = ""
    away: tuple[tuple[str, str], ...] = ()
    """Time off as (first day, last day), ISO dates in the rep's own time zone."""
    cover: str = ""
    country: str = ""
    """Whose public holidays the rep has (ISO 3166), "" for none."""
    open_tasks: int = 0
    last_assigned_at: datetime | None = None
