"""Work for people is opened once and answered once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from nurture.domain.errors import Conflict, NotFound
from nurture.domain.events import EventKind
from nurture.domain.tasks import Rep, Task, TaskKind, TaskStatus

ANNA = Rep(
    "anna",
    "Anna Krüger",
    "anna@example.com",
    pools=("sdr",),
    timezone="Europe/Berlin",
    capacity=5,
    languages=("de", "en"),
    territories=("DE", "AT"),
    skills=("enterprise",),
    manager="max",
    away=(("2026-04-03", "2026-04-06"),),
    cover="ben",
)
BEN = Rep("ben", "Ben Okri", pools=("sdr", "inbox"))


def call(number: int = 1, **more: object) -> Task:
    return Task(f"task-{number}", "lead-ada", TaskKind.CALL, "Call Ada", **more)  # type: ignore[arg-type]


async def test_a_task_is_opened_once(store, clock):
    task = call(
        body="Ask about the trial",
        rep="anna",
        due_at=clock.now(),
        outcomes=("reached", "voicemail"),
        sequence="trial",
        step="call",
        details={"attempt": 2},
    )

    opened = await store.tasks.open(task)
    again = await store.tasks.open(replace(task, title="Call her again"))

    assert opened == again == await store.tasks.find(task.id) == replace(task, created_at=clock.now())
    assert await store.tasks.find("task-0") is None


async def test_one_of_many_answers_wins(store, clock):
    await store.tasks.open(call())

    async def answer(rep: str) -> str:
        try:
            await store.tasks.close("task-1", TaskStatus.ACCEPTED, clock.now(), outcome="mine", rep=rep)
        except Conflict:
            return "late"
        return rep

    answers = await asyncio.gather(*(answer(f"rep-{number}") for number in range(12)))

    (winner,) = set(answers) - {"late"}
    task = await store.tasks.find("task-1")
    assert (task.rep, task.status, task.closed_at) == (winner, TaskStatus.ACCEPTED, clock.now())


async def test_a_repeated_answer_is_harmless_and_another_one_is_a_conflict(store, clock):
    await store.tasks.open(call(rep="anna"))
    closed = await store.tasks.close("task-1", TaskStatus.DONE, clock.now(), outcome="reached")
    clock.pass_by(minutes=1)

    assert await store.tasks.close("task-1", TaskStatus.DONE, clock.now(), outcome="reached") == closed
    assert await store.tasks.close("task-1", TaskStatus.DONE, clock.now(), outcome="reached", rep="anna") == closed
    for status, outcome, rep in [
        (TaskStatus.DONE, "voicemail", "anna"),
        (TaskStatus.DONE, "reached", "ben"),
        (TaskStatus.CANCELLED, "reached", ""),
        (TaskStatus.OPEN, "", ""),
    ]:
        with pytest.raises(Conflict):
            await store.tasks.close("task-1", status, clock.now(), outcome=outcome, rep=rep)
    with pytest.raises(NotFound):
        await store.tasks.close("task-0", TaskStatus.DONE, clock.now())


async def test_an_open_task_changes_hands_and_a_closed_one_does_not(store, clock):
    await store.tasks.save_reps([ANNA, BEN])
    await store.tasks.open(call(due_at=clock.now()))
    later = clock.now() + timedelta(hours=1)

    assert (await store.tasks.assign("task-1", "anna", clock.now())).due_at == clock.now()
    assert (await store.tasks.assign("task-1", "ben", clock.now(), later)).due_at == later
    assert (await store.tasks.assign("task-1", "", clock.now())).rep == ""
    await store.tasks.close("task-1", TaskStatus.CANCELLED, clock.now())
    with pytest.raises(Conflict):
        await store.tasks.assign("task-1", "anna", clock.now())
    with pytest.raises(NotFound):
        await store.tasks.assign("task-0", "anna", clock.now())


async def test_the_most_urgent_comes_first(store, clock):
    await store.tasks.open(call(1, rep="anna", due_at=clock.now() + timedelta(hours=2)))
    await store.tasks.open(call(2, rep="anna"))
    await store.tasks.open(call(3, rep="anna", due_at=clock.now() + timedelta(hours=1)))
    await store.tasks.open(call(4, due_at=clock.now()))
    await store.tasks.open(replace(call(5), lead="lead-ken"))
    await store.tasks.close("task-5", TaskStatus.DONE, clock.now())

    async def ids(**which: object) -> list[str]:
        return [task.id[5:] for task in await store.tasks.of(**which)]

    assert await ids() == ["4", "3", "1", "2", "5"]
    assert await ids(rep="anna") == ["3", "1", "2"]
    assert await ids(rep="", status=TaskStatus.OPEN) == ["4"]
    assert await ids(lead="lead-ken") == ["5"]
    assert await ids(limit=1) == ["4"]


async def test_the_team_is_kept_with_its_open_work(store, clock):
    await store.tasks.save_reps([ANNA, BEN])
    await store.tasks.open(call(1, rep="anna"))
    await store.tasks.open(call(2))
    await store.tasks.assign("task-2", "ben", clock.pass_by(minutes=5))
    await store.tasks.open(call(3, rep="ben"))
    await store.tasks.close("task-3", TaskStatus.DONE, clock.now())

    anna, ben = await store.tasks.reps()

    assert anna == replace(ANNA, open_tasks=1, last_assigned_at=clock.now() - timedelta(minutes=5))
    assert ben == replace(BEN, open_tasks=1, last_assigned_at=clock.now())
    assert [rep.id for rep in await store.tasks.reps("inbox")] == ["ben"]


async def test_news_is_no_work_and_takes_nobody_s_turn(store, clock):
    await store.tasks.save_reps([ANNA])
    await store.tasks.open(replace(call(1, rep="anna"), kind="note"))

    (anna,) = await store.tasks.reps()

    assert anna == ANNA, "sixty reminders left unread, and nobody would get a hand-off any more"


async def test_an_edited_team_file_updates_people_and_keeps_their_turn(store, clock):
    await store.tasks.save_reps([ANNA])
    await store.tasks.open(call(rep="anna"))

    await store.tasks.save_reps([replace(ANNA, capacity=9, pools=("sdr", "vip"))])
    await store.tasks.save_reps([])

    (anna,) = await store.tasks.reps("vip")
    assert (anna.capacity, anna.last_assigned_at) == (9, clock.now())


@pytest.mark.parametrize(
    ("kind", "details", "withdrawn"),
    [
        pytest.param(EventKind.REPLIED, {"intent": "unclear"}, True, id="a reply"),
        pytest.param(EventKind.OPTED_OUT, {"channel": ""}, True, id="no to everything"),
        pytest.param(EventKind.OPTED_OUT, {"channel": "call"}, True, id="no to calls"),
        pytest.param(EventKind.OPTED_OUT, {"channel": "email"}, False, id="no to mail alone"),
        pytest.param(EventKind.COMPLAINED, {}, True, id="a complaint"),
        pytest.param(EventKind.STOPPED, {"by": "grace"}, True, id="stopped by hand"),
        pytest.param(EventKind.BOUNCED, {"hard": True, "channel": "email"}, False, id="a bounce"),
        pytest.param(EventKind.CLICKED, {}, False, id="a click"),
    ],
)
@pytest.mark.parametrize("many", [False, True], ids=["one fact", "a batch"])
async def test_a_call_that_nobody_made_yet_is_withdrawn_by(store, ada, make, clock, kind, details, withdrawn, many):
    for task in (
        Task("lead-ada/trial.1/call.1/call", ada.id, "call", "Call Ada", sequence="trial", step="call"),
        Task("handoff-lead-ada-1", ada.id, "handoff", "Speak with Ada", sequence="trial"),
        Task("made", ada.id, "call", "Called before", sequence="trial", step="call"),
    ):
        await store.tasks.open(task)
    await store.tasks.close("made", TaskStatus.DONE, clock.now(), outcome="connected", rep="anna")
    fact = make.event(kind, ada.id, clock.pass_by(minutes=1), details=details)

    await (store.inbox.record_many([fact]) if many else store.inbox.record(fact))

    call = await store.tasks.find("lead-ada/trial.1/call.1/call")
    assert (call.status, call.outcome) == (
        (TaskStatus.CANCELLED, f"withdrawn: {kind}") if withdrawn else (TaskStatus.OPEN, "")
    )
    assert (await store.tasks.find("handoff-lead-ada-1")).status is TaskStatus.OPEN
    assert (await store.tasks.find("made")).status is TaskStatus.DONE


async def test_a_stop_of_one_sequence_leaves_the_calls_of_another(store, ada, make):
    await store.tasks.open(Task("other", ada.id, "call", "Call Ada", sequence="other", step="call"))

    await store.inbox.record(make.event(EventKind.STOPPED, ada.id, name="trial"))

    assert (await store.tasks.find("other")).status is TaskStatus.OPEN
