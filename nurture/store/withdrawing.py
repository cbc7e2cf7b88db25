"""Calls and tasks of a sequence that nobody made yet, taken back when the person spoke or somebody stopped it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, and_, update

from nurture.domain.events import Event, EventKind
from nurture.domain.lead import Channel
from nurture.domain.tasks import TaskKind, TaskStatus
from nurture.store.schema import tasks

_ENDS_EVERYTHING = frozenset({EventKind.REPLIED, EventKind.COMPLAINED, EventKind.STOPPED})
_AT_ONCE = 500


def withdraws(event: Event) -> bool:
    """Return whether a fact takes open calls back: the person answered or said no to calls, or somebody stopped it."""
    if event.kind is EventKind.OPTED_OUT:
        return str(event.details.get("channel") or "") in ("", Channel.CALL)
    return event.kind in _ENDS_EVERYTHING


def withdraw(conn: Connection, event: Event) -> None:
    """Close the open tasks that steps of sequences made for this person; hand-offs and notes stay."""
    _close(conn, [event.lead], event, event.name if event.kind is EventKind.STOPPED else "")


def withdraw_all(conn: Connection, events: Sequence[Event]) -> None:
    """Do the same for many opt-outs at once: an import brings thousands, and few of these people have a task."""
    taken = [event for event in events if withdraws(event)]
    for start in range(0, len(taken), _AT_ONCE):
        some = taken[start : start + _AT_ONCE]
        for kind in {event.kind for event in some}:
            same = [event for event in some if event.kind is kind]
            _close(conn, [event.lead for event in same], same[-1], "")


def _close(conn: Connection, leads: Sequence[str], event: Event, sequence: str) -> None:
    mine = and_(tasks.c.step != "", tasks.c.kind != TaskKind.HANDOFF.value, tasks.c.status == TaskStatus.OPEN.value)
    if sequence:
        mine = and_(mine, tasks.c.sequence == sequence)
    end = {"status": TaskStatus.CANCELLED.value, "outcome": f"withdrawn: {event.kind}", "closed_at": event.at}
    conn.execute(update(tasks).where(tasks.c.lead.in_(leads), mine).values(**end))
