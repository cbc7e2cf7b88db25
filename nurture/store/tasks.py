"""Work for people: opened once, given to somebody, answered exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Update, select, update

from nurture.domain.errors import Conflict, NotFound
from nurture.domain.ports import Clock
from nurture.domain.tasks import Rep, Task, TaskKind, TaskStatus
from nurture.store import team
from nurture.store.database import Database
from nurture.store.schema import reps, tasks
from nurture.store.statements import insert_once

_PLAIN = ("id", "lead", "kind", "title", "body", "rep", "due_at", "outcome", "sequence", "step", "closed_at")


class StoredTasks:
    """Implements `nurture.domain.ports.Tasks` on a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep tasks and the team in `database`; `clock` dates a task that has no day of creation."""
        self._database, self._clock = database, clock

    async def open(self, task: Task) -> Task:
        """Create a task; a known id returns what is there."""
        task = replace(task, created_at=task.created_at or self._clock.now())
        return await self._database.write(lambda conn: _open(conn, task))

    async def find(self, task: str) -> Task | None:
        """Return one task, or None."""
        return await self._database.read(lambda conn: _find(conn, task))

    async def assign(self, task: str, rep: str, now: datetime, due_at: datetime | None = None) -> Task:
        """Give an open task to a rep ("" = the pool), with a new due time (UTC) if given. Raises NotFound, Conflict."""
        values = {"rep": rep} | ({"due_at": due_at} if due_at else {})
        statement = update(tasks).where(tasks.c.id == task, tasks.c.status == TaskStatus.OPEN.value).values(**values)
        return await self._database.write(lambda conn: _assign(conn, statement, task, rep, now))

    async def close(self, task: str, status: TaskStatus, now: datetime, *, outcome: str = "", rep: str = "") -> Task:
        """Move an open task to `status`; compare-and-set, so exactly one answer wins.

        `rep` is who answered; "" leaves the task with whom it lies. The same answer of the same rep once more is a
        retry and harmless; any other answer raises Conflict. Raises NotFound for an unknown task.
        """
        if status is TaskStatus.OPEN:
            raise Conflict("A task is not closed by opening it")
        values = {"status": status.value, "closed_at": now, "outcome": outcome} | ({"rep": rep} if rep else {})
        statement = update(tasks).where(tasks.c.id == task, tasks.c.status == TaskStatus.OPEN.value).values(**values)
        return await self._database.write(lambda conn: _close(conn, statement, task, (status, outcome, rep)))

    async def of(
        self, *, rep: str | None = None, lead: str = "", status: TaskStatus | None = None, limit: int = 200
    ) -> Sequence[Task]:
        """Return tasks by rep ("" = the pool, None = anybody), lead and status, most urgent first."""
        query = select(tasks).order_by(tasks.c.due_at.is_(None), tasks.c.due_at, tasks.c.n).limit(limit)
        if rep is not None:
            query = query.where(tasks.c.rep == rep)
        if lead:
            query = query.where(tasks.c.lead == lead)
        if status is not None:
            query = query.where(tasks.c.status == status.value)
        return await self._database.read(lambda conn: [_task(row) for row in conn.execute(query)])

    async def reps(self, pool: str = "") -> Sequence[Rep]:
        """Return the team, by id, with open tasks counted; only members of `pool` when given."""
        everybody = await self._database.read(team.everybody)
        return [rep for rep in everybody if not pool or pool in rep.pools]

    async def save_reps(self, reps: Sequence[Rep]) -> None:
        """Insert or update the team as policies/team.yaml says; who got the last task is kept."""
        await self._database.write(lambda conn: team.save(conn, reps))


def _open(conn: Connection, task: Task) -> Task:
    values: dict[str, Any] = {name: getattr(task, name) for name in _PLAIN}
    values |= {"kind": str(task.kind), "status": task.status.value, "outcomes": list(task.outcomes)}
    values |= {"details": dict(task.details), "created_at": task.created_at}
    if not insert_once(conn, tasks, values):
        return _must_find(conn, task.id)
    if task.rep and task.created_at and task.kind != TaskKind.NOTE:
        _note_assignment(conn, task.rep, task.created_at)
    return task


def _assign(conn: Connection, statement: Update, task: str, rep: str, now: datetime) -> Task:
    changed = conn.execute(statement.returning(tasks)).first()
    if changed is None:
        found = _must_find(conn, task)
        raise Conflict(f"The task {task} is {found.status} already")
    if rep:
        _note_assignment(conn, rep, now)
    return _task(changed)


def _close(conn: Connection, statement: Update, task: str, answer: tuple[TaskStatus, str, str]) -> Task:
    changed = conn.execute(statement.returning(tasks)).first()
    if changed is not None:
        return _task(changed)
    found = _must_find(conn, task)
    if (found.status, found.outcome, answer[2] or found.rep) == (*answer[:2], found.rep):
        return found
    raise Conflict(f"The task {task} is {found.status} already{f' by {found.rep}' if found.rep else ''}")


def _note_assignment(conn: Connection, rep: str, now: datetime) -> None:
    conn.execute(update(reps).where(reps.c.id == rep).values(last_assigned_at=now))


def _must_find(conn: Connection, task: str) -> Task:
    found = _find(conn, task)
    if found is None:
        raise NotFound(f"There is no task {task}")
    return found


def _find(conn: Connection, task: str) -> Task | None:
    row = conn.execute(select(tasks).where(tasks.c.id == task)).first()
    return None if row is None else _task(row)


def _task(row: Row[Any]) -> Task:
    values: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    values |= {"status": TaskStatus(row.status), "outcomes": tuple(row.outcomes), "details": row.details}
    return Task(**values, created_at=row.created_at)
