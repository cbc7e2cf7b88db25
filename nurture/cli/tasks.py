"""`nurture tasks`: what people have to do, and until when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nurture.cli._desk import AsJson, aligned, at_home, clock, name_of, say_json
from nurture.domain.errors import NotFound
from nurture.domain.tasks import Task, TaskStatus

if TYPE_CHECKING:
    from nurture.wiring import House

POOL = "pool"
"""How the command line calls a task that lies with nobody."""

OfRep = Annotated[str, typer.Option("--rep", metavar="REP", help='Only this rep\'s; "pool" for what nobody took yet.')]
Closed = Annotated[bool, typer.Option("--closed", help="What is done, answered or cancelled, instead of what is open.")]
Most = Annotated[int, typer.Option("--limit", min=1, help="At most so many, the most urgent first.")]


def command(rep: OfRep = "", closed: Closed = False, limit: Most = 200, as_json: AsJson = False) -> None:
    """List calls, hand-offs and other tasks with their deadlines (UTC), the most urgent first.

    Example: `nurture tasks --rep anna`
    """
    asyncio.run(_list(rep, closed, limit, as_json))


async def _list(rep: str, closed: bool, limit: int, as_json: bool) -> None:
    async with at_home() as house:
        now = house.clock.now()
        found = await _found(house, rep, closed, limit)
        if as_json:
            shown = [as_document(task, now) for task in found]
            say_json({"at": now, "tasks": shown, "late": sum(task["late"] for task in shown)})
        else:
            await _show(house, found, now)


async def _found(house: House, rep: str, closed: bool, limit: int) -> Sequence[Task]:
    """Return the tasks asked for. Raises NotFound for a rep who is not in the team."""
    team = sorted(each.id for each in await house.store.tasks.reps())
    if rep not in ("", POOL, *team):
        raise NotFound(f'There is no rep "{rep}"', remedy=f"Use one of {', '.join(team)}, or {POOL}")
    whose = None if not rep else "" if rep == POOL else rep
    if not closed:
        return await house.store.tasks.of(rep=whose, status=TaskStatus.OPEN, limit=limit)
    everything = [
        task
        for status in TaskStatus
        if status is not TaskStatus.OPEN
        for task in await house.store.tasks.of(rep=whose, status=status, limit=limit)
    ]
    return sorted(everything, key=lambda task: (task.closed_at is None, task.closed_at), reverse=True)[:limit]


def as_document(task: Task, now: datetime) -> dict[str, Any]:
    """Return a task for machines; `late` is whether it is open past its deadline at `now` (UTC)."""
    return {
        "id": task.id,
        "kind": task.kind,
        "title": task.title,
        "lead": task.lead,
        "rep": task.rep,
        "status": task.status,
        "due_at": task.due_at,
        "late": is_late(task, now),
        "outcome": task.outcome,
        "outcomes": list(task.outcomes),
        "sequence": task.sequence,
        "step": task.step,
        "created_at": task.created_at,
        "closed_at": task.closed_at,
    }


def is_late(task: Task, now: datetime) -> bool:
    """Whether a task is open past its deadline at `now` (UTC)."""
    return task.status is TaskStatus.OPEN and task.due_at is not None and task.due_at < now


async def _show(house: House, found: Sequence[Task], now: datetime) -> None:
    if not found:
        print("There is nothing to do.")
        return
    rows = [("due (UTC)", "", "kind", "rep", "lead", "title")]
    for task in found:
        contact = await house.store.leads.find(task.lead)
        state = "LATE" if is_late(task, now) else "" if task.status is TaskStatus.OPEN else task.outcome or task.status
        who = name_of(contact) if contact else task.lead
        rows.append((clock(task.due_at) or "no deadline", state, task.kind, task.rep or POOL, who, task.title))
    for line in aligned(rows, indent=""):
        print(line)
