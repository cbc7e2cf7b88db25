"""Replies that no sequence waits for: one task each, with the lead's owner if they are there, else for everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.replies import OUTCOMES, Replies
from nurture.domain.events import Event, EventKind
from nurture.domain.orders import ReplyOrder
from nurture.domain.tasks import TaskKind, TaskStatus

ORDER = ReplyOrder("ada", "mail-7-replied", "the lead replied, and no sequence is open", 42, owner="anna")


@pytest.fixture
async def said(office, ada):
    """Ada's answer, as the mail room stores it."""
    facts = {"intent": "question", "channel": "email"}
    return await office.store.inbox.record(
        Event(ORDER.reply, EventKind.REPLIED, ada, office.clock.now(), details=facts)
    )


async def passes_on(office, order):
    return await ActivityEnvironment().run(Replies(office.sales_desk).pass_on, order)


async def owner_of(office):
    """Somebody of the team, with a colleague who covers for them."""
    return next(rep for rep in await office.store.tasks.reps() if rep.cover)


async def test_a_reply_passed_on_twice_is_one_task_of_its_owner(office, ada, said):
    owner = await owner_of(office)
    order = replace(ORDER, owner=owner.id)
    assert [await passes_on(office, order) for _ in range(2)] == [owner.id, owner.id]

    [task] = await office.store.tasks.of(lead=ada)
    assert (task.id, task.kind, task.rep) == (f"reply-{ORDER.reply}", TaskKind.REPLY, owner.id)
    assert task.outcomes == OUTCOMES
    assert task.title.endswith("wrote back")
    assert "answered by email: question" in task.body
    assert task.due_at > office.clock.now()


async def test_without_an_owner_it_lies_in_the_pool(office, ada, said):
    assert await passes_on(office, replace(ORDER, owner="")) == ""
    assert await passes_on(office, replace(ORDER, owner="somebody-who-left", reply="mail-8-replied")) == ""
    assert len(await office.store.tasks.of(rep="", lead=ada)) == 2


async def test_whoever_covers_gets_it_while_the_owner_is_away(office, ada, said):
    owner = await owner_of(office)
    day = office.clock.now().date()
    away = ((day.isoformat(), (day + timedelta(days=7)).isoformat()),)
    await office.store.tasks.save_reps(
        [replace(rep, away=away if rep.id == owner.id else ()) for rep in office.policies.team]
    )
    assert await passes_on(office, replace(ORDER, owner=owner.id)) == owner.cover


async def test_a_task_that_was_answered_is_not_opened_again(office, ada, said):
    await passes_on(office, ORDER)
    await office.store.tasks.close(f"reply-{ORDER.reply}", TaskStatus.DONE, office.clock.now(), outcome="answered")
    await passes_on(office, ORDER)
    [task] = await office.store.tasks.of(lead=ada)
    assert task.status is TaskStatus.DONE
