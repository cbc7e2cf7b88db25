"""The people in sales, with the work that lies on their desks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from nurture.domain.tasks import Rep, TaskKind, TaskStatus
from nurture.store.schema import reps, tasks
from nurture.store.statements import insert

_PLAIN = ("id", "name", "email", "timezone", "hours", "capacity", "manager", "cover")
_LISTS = ("pools", "languages", "territories", "skills")
_OPEN = (
    select(func.count())
    .where(tasks.c.rep == reps.c.id, tasks.c.status == TaskStatus.OPEN.value, tasks.c.kind != TaskKind.NOTE.value)
    .scalar_subquery()
    .label("open_tasks")
)


def everybody(conn: Connection) -> list[Rep]:
    """Return the whole team by id, with open tasks counted."""
    return [_rep(row) for row in conn.execute(select(reps, _OPEN).order_by(reps.c.id))]


def save(conn: Connection, team: Sequence[Rep]) -> None:
    """Insert or update people, leaving alone when they were last given something."""
    if not team:
        return
    statement = insert(conn, reps)
    fresh = {name: statement.excluded[name] for name in (*_PLAIN[1:], *_LISTS, "away")}
    rows = [_columns(rep) for rep in team]
    conn.execute(statement.on_conflict_do_update(index_elements=["id"], set_=fresh), rows)


def _columns(rep: Rep) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(rep, name) for name in _PLAIN}
    values |= {name: list(getattr(rep, name)) for name in _LISTS}
    return values | {"away": [list(days) for days in rep.away], "last_assigned_at": rep.last_assigned_at}


def _rep(row: Row[Any]) -> Rep:
    values: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    values |= {name: tuple(getattr(row, name)) for name in _LISTS}
    away = tuple((first, last) for first, last in row.away)
    return Rep(**values, away=away, open_tasks=row.open_tasks, last_assigned_at=row.last_assigned_at)
