"""Work for people: the list, the outcome of a task, and the answer to a hand-off."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from nurture.domain.tasks import Task, TaskStatus
from nurture.web import answers
from nurture.web.answers import Answer, Verb
from nurture.web.api.shapes import AcceptIn, OutcomeIn, RejectIn, TaskOut, TasksOut
from nurture.web.facts import AtHome
from nurture.web.problems import documented

router = APIRouter(tags=["tasks"])


@router.get("/tasks", responses=documented(), summary="List tasks, most urgent first")
async def list_tasks(
    home: AtHome,
    rep: Annotated[str | None, Query(description="A rep's id; empty for the pool; left out for everybody.")] = None,
    lead: str = "",
    status: TaskStatus | None = TaskStatus.OPEN,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> TasksOut:
    """List tasks by rep, lead and status (open unless you say otherwise)."""
    found = await home.doors.tasks.of(rep=rep, lead=lead, status=status, limit=limit)
    return TasksOut(tasks=[_out(task) for task in found])


@router.post("/tasks", responses=documented(404, 409), summary="Log the outcome of a task")
async def log_outcome(body: OutcomeIn, home: AtHome) -> TaskOut:
    """Log how a call or a manual task went. 409 when somebody was faster; the same answer again is fine."""
    return _out(await answers.give(home, Answer(body.task, body.rep, Verb.DONE, body.outcome)))


@router.post("/handoffs/{handoff}/accept", responses=documented(404, 409), summary="Accept a hand-off")
async def accept(handoff: str, body: AcceptIn, home: AtHome) -> TaskOut:
    """Take the lead. 409 when somebody was faster; the same answer again is fine."""
    return _out(await answers.give(home, Answer(handoff, body.rep, Verb.ACCEPT)))


@router.post("/handoffs/{handoff}/reject", responses=documented(404, 409), summary="Reject a hand-off")
async def reject(handoff: str, body: RejectIn, home: AtHome) -> TaskOut:
    """Give the lead back with a reason that the task has on offer."""
    return _out(await answers.give(home, Answer(handoff, body.rep, Verb.REJECT, body.reason)))


def _out(task: Task) -> TaskOut:
    return TaskOut(
        id=task.id,
        lead=task.lead,
        kind=task.kind,
        title=task.title,
        body=task.body,
        rep=task.rep,
        status=task.status,
        outcome=task.outcome,
        outcomes=list(task.outcomes),
        due_at=task.due_at,
        sequence=task.sequence,
        step=task.step,
    )
