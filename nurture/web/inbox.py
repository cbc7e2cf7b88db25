"""The rep's inbox: what to do next, most urgent first; one task with all one needs; and the answer to it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from nurture.domain.errors import Conflict, Invalid
from nurture.domain.tasks import Task, TaskStatus
from nurture.web import answers
from nurture.web.answers import Answer, Verb
from nurture.web.facts import AtHome, House
from nurture.web.lead_page import name_of
from nurture.web.login import Me, SignedIn
from nurture.web.pages import page
from nurture.web.problems import Refusal

router = APIRouter(include_in_schema=False)


@router.get("/")
async def front_door() -> Response:
    """The front door leads to the inbox."""
    return RedirectResponse("/inbox", 303)


@router.get("/inbox")
async def inbox(request: Request, home: AtHome, me: Me) -> Response:
    """List the rep's own tasks, the pool's, and the hand-offs they accepted lately."""
    of = home.doors.tasks.of
    mine = await of(rep=me.id, status=TaskStatus.OPEN)
    pool = await of(rep="", status=TaskStatus.OPEN)
    accepted = await of(rep=me.id, status=TaskStatus.ACCEPTED, limit=10)
    people = {task.lead: await _name(home, task.lead) for task in (*mine, *pool, *accepted)}
    lists: dict[str, Any] = {"mine": mine, "pool": pool, "accepted": accepted}
    return page(request, "inbox.html", now=home.doors.clock.now(), people=people, **lists)


@router.get("/inbox/task/{task:path}")
async def open_task(task: str, request: Request, home: AtHome, me: Me) -> Response:
    """Show one task: script, reasons, last words, and the answers on offer."""
    return await _task_page(request, home, me, await _find(home, task))


@router.post("/inbox/{verb}/{task:path}")
async def answer_task(verb: Verb, task: str, request: Request, home: AtHome, me: Me) -> Response:
    """Give the rep's answer; 409 when a colleague was faster, 422 when the reason is missing, with the page."""
    form = await request.form()
    found = await _find(home, task)
    try:
        await answers.give(home, Answer(task, me.id, verb, str(form.get("word", "")).strip()[:200]))
    except Conflict as late:
        return await _task_page(request, home, me, await _find(home, task), status=409, mistake=str(late))
    except Invalid as wrong:
        return await _task_page(request, home, me, found, status=422, mistake=str(wrong))
    return RedirectResponse(f"/inbox/task/{quote(task, safe='')}" if verb is Verb.ACCEPT else "/inbox", 303)


async def _find(home: House, task: str) -> Task:
    found = await home.doors.tasks.find(task)
    if found is None:
        raise Refusal(404, "There is no such task.")
    return found


async def _task_page(
    request: Request, home: House, me: SignedIn, task: Task, *, status: int = 200, mistake: str = ""
) -> Response:
    contact = await home.doors.leads.find(task.lead)
    context: dict[str, Any] = {
        "task": task,
        "contact": contact,
        "name": await _name(home, task.lead),
        "is_handoff": answers.is_handoff(task),
        "may_answer": answers.may_answer(task, me.id, me.team),
        "owner": me.team[task.rep].name if task.rep in me.team else task.rep,
        "now": home.doors.clock.now(),
        "mistake": mistake,
        "first_touches": answers.FIRST_TOUCHES,
        "touched": await answers.first_touch_of(home, task),
    }
    return page(request, "task.html", status=status, **context)


async def _name(home: House, lead: str) -> str:
    contact = await home.doors.leads.find(lead)
    return name_of(contact) if contact else "Erased person"
