"""One person's story: touches, facts, tasks and stages, merged in order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from nurture.domain.lead import Scalar
from nurture.store.schema import events, stage_history, tasks, touches


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, at `at` (UTC). `kind` is touch, event, task or stage; `what` its state or event kind.

    `id` is the touch's, fact's or task's; a stage has none. `details` are plain facts, without addresses.
    """

    at: datetime
    kind: str
    what: str
    id: str = ""
    sequence: str = ""
    step: str = ""
    details: Mapping[str, Scalar] = field(default_factory=dict)


def moments(conn: Connection, lead: str) -> list[Moment]:
    """Return the story of one person, oldest first; of the same moment, causes come before effects."""
    told = [
        *_each(conn, events, lead, _of_event),
        *_each(conn, touches, lead, _of_touch),
        *_each(conn, tasks, lead, _of_task),
        *_each(conn, stage_history, lead, _of_stage),
    ]
    return sorted(told, key=lambda moment: moment.at)


def _each(conn: Connection, table: Table, lead: str, tell: Any) -> Iterator[Moment]:
    number = next(iter(table.primary_key))
    rows: Iterable[Row[Any]] = conn.execute(select(table).where(table.c.lead == lead).order_by(number))
    for row in rows:
        yield from tell(row)


def _of_event(row: Row[Any]) -> Iterator[Moment]:
    details = {**row.details, "name": row.name} if row.name else row.details
    yield Moment(row.at, "event", row.kind, row.id, row.sequence, row.step, details)


def _of_touch(row: Row[Any]) -> Iterator[Moment]:
    at = row.wire_at or row.settled_at or row.intent_at
    details = {"channel": row.channel, "sender": row.sender, "code": row.code, "reason": row.reason}
    yield Moment(at, "touch", row.state, row.id, row.sequence, row.step, _known(details))


def _of_task(row: Row[Any]) -> Iterator[Moment]:
    details = _known({"kind": row.kind, "rep": row.rep, "title": row.title})
    yield Moment(row.created_at, "task", "opened", row.id, row.sequence, row.step, details)
    if row.closed_at:
        answer = _known({"kind": row.kind, "rep": row.rep, "outcome": row.outcome})
        yield Moment(row.closed_at, "task", row.status, row.id, row.sequence, row.step, answer)


def _of_stage(row: Row[Any]) -> Iterator[Moment]:
    details = _known({"was": row.was, "reason": row.reason, "owner": row.owner}) | {"score": row.score}
    yield Moment(row.at, "stage", row.stage, details=details)


def _known(details: Mapping[str, Scalar]) -> dict[str, Scalar]:
    return {name: value for name, value in details.items() if value not in ("", None)}
