"""Tasks for reps: opened once, whatever happens to the worker that opens them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from nurture.domain.events import EventKind
from nurture.domain.lead import Channel
from nurture.domain.orders import TaskOrder
from nurture.domain.touch import Answer, TouchState
from tests.activities.conftest import LEASE, Killed


@pytest.fixture
def order(office, touch):
    """A call to Ada, due in four hours."""
    due = office.clock.now() + timedelta(hours=4)
    return TaskOrder(touch("call", Channel.CALL), "call", "", due, ("connected", "no_answer"), "anna")


async def test_a_task_lies_in_the_inbox_once_with_its_script(office, ada, order):
    answers = [await office.asks(order) for _ in range(2)]

    [task] = await office.store.tasks.of(lead=ada)
    assert [answer.answer for answer in answers] == [Answer.SENT] * 2
    assert (task.id, task.kind, task.rep, task.due_at) == (order.touch.id, "call", "anna", order.due_at)
    assert task.title == "Call Ada about prices"
    assert task.outcomes == ("connected", "no_answer")
    assert (await office.row(order.touch)).state is TouchState.SENT


async def test_a_worker_that_died_before_the_task_was_opened_is_followed_by_one_that_opens_it(
    office, ada, order, monkeypatch
):
    async def dies(_task):
        raise Killed

    monkeypatch.setattr(office.store.tasks, "open", dies)
    with pytest.raises(Killed):
        await office.asks(order)
    with pytest.raises(ApplicationError) as held:
        await office.asks(order)
    assert held.value.type == "LeaseLost"
    office.clock.time += LEASE
    with pytest.raises(Killed):  # and the next one dies as well, with the touch called uncertain
        await office.asks(order)
    monkeypatch.undo()

    answer = await office.asks(replace(order, title="A new title, edited meanwhile"))

    assert answer.answer is Answer.SENT
    assert len(await office.store.tasks.of(lead=ada)) == 1
    assert (await office.row(order.touch)).state is TouchState.SENT


async def test_nobody_is_asked_to_call_somebody_who_said_stop(office, ada, order):
    await office.hears(ada, EventKind.OPTED_OUT, channel="", how="page")

    answer = await office.asks(order)

    assert (answer.answer, answer.code) == (Answer.NEVER, "suppressed")
    assert not await office.store.tasks.of(lead=ada)


async def test_a_call_at_night_waits_for_the_morning(office, ada, order):
    office.clock.pass_by(hours=16)

    answer = await office.asks(order)

    assert answer.answer is Answer.NOT_YET
    office.clock.time = answer.until
    assert (await office.asks(order)).answer is Answer.SENT


async def test_a_call_to_a_stranger_is_not_asked_for(office, order):
    answer = await office.asks(order)

    assert (answer.answer, answer.code) == (Answer.NEVER, "no_address")


async def test_a_script_that_is_not_there_says_so(office, ada, order):
    answer = await office.asks(replace(order, touch=replace(order.touch, template="never-written")))

    assert (answer.answer, answer.code) == (Answer.NEVER, "broken")
    assert "never-written" in answer.why
