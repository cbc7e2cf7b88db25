"""A rep's answer to a task: accepted, rejected with a reason, or done. Exactly one wins and none is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from nurture.domain.errors import Conflict, Invalid, NotFound
from nurture.domain.events import Event, EventKind
from nurture.domain.tasks import Rep, Task, TaskKind, TaskStatus
from nurture.web.facts import House


class Verb(StrEnum):
    """What a rep can say to a task."""

    ACCEPT = "accept"
    REJECT = "reject"
    DONE = "done"


KIND_OF = {
    Verb.ACCEPT: EventKind.HANDOFF_ACCEPTED,
    Verb.REJECT: EventKind.HANDOFF_REJECTED,
    Verb.DONE: EventKind.TASK_DONE,
}
STATUS_OF = {
    EventKind.HANDOFF_ACCEPTED: TaskStatus.ACCEPTED,
    EventKind.HANDOFF_REJECTED: TaskStatus.REJECTED,
    EventKind.TASK_DONE: TaskStatus.DONE,
}

FIRST_TOUCHES = ("connected", "left_message", "no_answer", "wrong_number", "meeting_booked")
"""How the first touch after an accepted hand-off can go; the deadline asks for the time of the first one logged."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`word` is the outcome of a task or the reason of a rejection, "" when accepting."""

    task: str
    rep: str
    verb: Verb
    word: str = ""


def is_handoff(task: Task) -> bool:
    """Whether the task is an offer to accept or reject, rather than work to log an outcome of."""
    return task.kind == TaskKind.HANDOFF or task.id.startswith("handoff-")


async def give(home: House, answer: Answer) -> Task:
    """Make this the answer to the task, once, and return the closed task.

    Two things must change in two transactions: the inbox of facts, which the workflow hears, and the task. The fact is
    stored first, and its id is `<task id>:answer` whatever the verb, so the inbox's unique id is the compare-and-set:
    of all reps, tabs and retries exactly one fact is ever stored. With the verb in the id an accept and a reject could
    both be stored; with the task closed first, a crash in between would leave an answer that no workflow hears.

    A crash after the fact was stored leaves the task open with its answer known. The relay tells the workflow all the
    same, and the next who tries to answer (the same rep again, or a colleague) first closes the task with the stored
    answer: the same rep with the same words is told yes, anybody else no.

    Raises NotFound, Invalid (the reason or outcome is missing or not on offer) and Conflict (somebody or the engine was
    faster, or the task is another rep's now).
    """
    task = await _task(home, answer)
    if is_handoff(task) and answer.verb is Verb.DONE:
        return await _first_touch(home, task, answer)
    _check_words(task, answer)
    earlier = await _stored(home, task)
    if earlier is None and task.status is TaskStatus.OPEN:
        await _check_owner(home, task, answer.rep)
        fact = _fact(home, task, answer)
        earlier = await home.take(fact, target=task.id if is_handoff(task) else "") or await _stored(home, task)
    if earlier is not None and task.status is TaskStatus.OPEN:
        task = await _close(home, task, earlier)
    won = earlier is not None and _says(earlier) == (answer.verb, answer.rep, answer.word)
    home.counters.add("nurture_answers_total", verb=str(answer.verb), won="yes" if won else "no")
    if not won or task.status is not STATUS_OF[KIND_OF[answer.verb]]:
        raise Conflict(_too_late(task, None if won else earlier), remedy="Open the inbox again to see where it stands")
    return task


async def first_touch_of(home: House, task: Task) -> str:
    """Return how the first touch of an accepted hand-off went, "" when none is logged yet."""
    facts = await home.doors.inbox.of_lead(task.lead) if is_handoff(task) else ()
    return next((str(fact.details.get("outcome")) for fact in facts if fact.id == f"{task.id}:first_touch"), "")


def may_answer(task: Task, rep: str, team: dict[str, Rep]) -> bool:
    """Whether the task is the rep's, in the pool, or of a colleague whom the rep covers or manages."""
    owner = team.get(task.rep)
    return task.rep in ("", rep) or (owner is not None and rep in (owner.cover, owner.manager))


async def _task(home: House, answer: Answer) -> Task:
    task = await home.doors.tasks.find(answer.task)
    if task is None:
        raise NotFound("There is no such task")
    if answer.verb is not Verb.DONE and not is_handoff(task):
        raise Invalid("Only a hand-off is accepted or rejected", remedy="Log the outcome of this task")
    return task


async def _first_touch(home: House, task: Task, answer: Answer) -> Task:
    """Tell the hand-off that its rep spoke, or tried to, to the lead for the first time. The task stays accepted."""
    if task.status is not TaskStatus.ACCEPTED:
        raise Conflict(
            f"This hand-off is {task.status}", remedy="Accept it first" if task.status is TaskStatus.OPEN else ""
        )
    _check_words(replace(task, outcomes=FIRST_TOUCHES), answer)
    await _check_owner(home, task, answer.rep)
    await home.take(replace(_fact(home, task, answer), id=f"{task.id}:first_touch"), target=task.id)
    return task


def _check_words(task: Task, answer: Answer) -> None:
    if answer.verb is Verb.ACCEPT:
        return
    what = "reason" if answer.verb is Verb.REJECT else "outcome"
    if not answer.word:
        raise Invalid(
            f"The {what} is missing", remedy=f"Give one of: {', '.join(task.outcomes)}" if task.outcomes else ""
        )
    if task.outcomes and answer.word not in task.outcomes:
        raise Invalid(f"This {what} is not on offer", remedy=f"Give one of: {', '.join(task.outcomes)}")


async def _check_owner(home: House, task: Task, rep: str) -> None:
    team = {member.id: member for member in await home.doors.tasks.reps()}
    if rep not in team and rep not in home.doors.rep_keys:
        raise Invalid("There is no such rep")
    if not may_answer(task, rep, team):
        owner = team.get(task.rep)
        raise Conflict(
            f"This task is with {owner.name if owner else 'a colleague'} now", remedy="Ask them, or their cover"
        )


def _fact(home: House, task: Task, answer: Answer) -> Event:
    word = {Verb.ACCEPT: {}, Verb.REJECT: {"reason": answer.word}, Verb.DONE: {"outcome": answer.word}}[answer.verb]
    return Event(
        id=f"{task.id}:answer",
        kind=KIND_OF[answer.verb],
        lead=task.lead,
        at=home.doors.clock.now(),
        name=task.id if is_handoff(task) else "",
        touch="" if is_handoff(task) else task.id,
        sequence=task.sequence,
        step=task.step,
        details={"rep": answer.rep} | word,
    )


async def _stored(home: House, task: Task) -> Event | None:
    facts = await home.doors.inbox.of_lead(task.lead)
    return next((fact for fact in facts if fact.id == f"{task.id}:answer"), None)


def _says(fact: Event) -> tuple[Verb, str, str]:
    verb = next(verb for verb, kind in KIND_OF.items() if kind is fact.kind)
    word = fact.details.get("reason") or fact.details.get("outcome") or ""
    return verb, str(fact.details.get("rep", "")), str(word)


async def _close(home: House, task: Task, fact: Event) -> Task:
    """Close the task with the stored answer. Somebody who closed it at the same moment is no error: look again."""
    _, rep, word = _says(fact)
    try:
        return await home.doors.tasks.close(
            task.id, STATUS_OF[fact.kind], home.doors.clock.now(), outcome=word, rep=rep
        )
    except Conflict:
        return await home.doors.tasks.find(task.id) or task


def _too_late(task: Task, winner: Event | None) -> str:
    if winner is None:
        return f"This task is {task.status} already"
    verb, rep, word = _says(winner)
    past = {Verb.ACCEPT: "accepted", Verb.REJECT: "rejected", Verb.DONE: "closed"}[verb]
    return f"Somebody was faster: {rep or 'a colleague'} {past} it{f' ({word})' if word else ''}"
