"""An error that nobody knows is said out loud, tried again for a day, and ends with a reason."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.budget import Alarm, is_last
from activities.calls import Calls
from activities.messaging import Messaging
from nurture.channels.memory import Outbox
from nurture.domain.errors import Misconfigured
from nurture.domain.lead import Channel
from nurture.domain.orders import TaskOrder
from nurture.domain.touch import Answer, TouchState
from tests.activities.conftest import LEASE, MONDAY
from workflows.patience import GENTLY

DAY = timedelta(hours=24)


def environment(attempt: int, after: timedelta, budget: timedelta | None = DAY) -> ActivityEnvironment:
    """The so-manyth attempt of an activity, so long after it was first asked for."""
    made = ActivityEnvironment()
    made.info = replace(
        made.info,
        activity_type="send",
        workflow_id="lead-ada",
        attempt=attempt,
        scheduled_time=MONDAY,
        started_time=MONDAY + after,
        schedule_to_close_timeout=budget,
        retry_policy=GENTLY,
    )
    return made


SECOND, LAST = (2, timedelta(seconds=1)), (295, DAY - timedelta(minutes=6))


class Broken(Outbox):
    """A wire with a defect, before its mark or behind it."""

    def __init__(self, *, marked: bool):
        super().__init__(Channel.EMAIL)
        self.marked = marked

    async def send(self, message, at_the_wire):
        if self.marked:
            await at_the_wire()
        raise RuntimeError(f"no line for {message.to}")


async def tries(office, touch, when):
    return await environment(*when).run(Messaging(office.desk).send, touch)


async def raises(*_given, **_more):
    raise RuntimeError("an index that nobody checked")


async def test_a_defect_is_tried_again_and_its_last_try_ends_the_touch_with_the_reason(
    office, ada, touch, monkeypatch, caplog
):
    monkeypatch.setattr(office.composer, "compose", raises)
    with pytest.raises(RuntimeError, match="nobody checked"):
        await tries(office, touch(), SECOND)
    assert await office.store.ledger.find(touch().id) is None

    answer = await tries(office, touch(), LAST)

    why = "given up after 295 tries: RuntimeError: an index that nobody checked"
    assert (answer.answer, answer.code, answer.why) == (Answer.NEVER, "broken", why)
    row = await office.row(touch())
    assert (row.state, row.code, row.reason) == (TouchState.SUPPRESSED, "broken", why)
    [alarm] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert alarm.startswith(f"send of lead-ada is {why}")


async def test_a_defect_before_the_wire_mark_ends_as_never_and_names_nobody(office, ada, touch):
    office.outboxes[Channel.EMAIL] = Broken(marked=False)
    with pytest.raises(RuntimeError):
        await tries(office, touch(), SECOND)
    office.clock.time += LEASE

    answer = await tries(office, touch(), LAST)

    assert (answer.answer, answer.why) == (
        Answer.NEVER,
        "given up after 295 tries: RuntimeError: no line for (address)",
    )
    assert (await office.row(touch())).state is TouchState.SUPPRESSED


async def test_a_defect_behind_the_wire_mark_may_have_sent_something_and_is_never_called_unsent(office, ada, touch):
    office.outboxes[Channel.EMAIL] = Broken(marked=True)

    with pytest.raises(RuntimeError, match="no line for"):
        await tries(office, touch(), LAST)

    assert (await office.row(touch())).state is TouchState.WIRE
    office.clock.time += LEASE
    assert (await tries(office, touch(), LAST)).answer is Answer.UNKNOWN


async def test_a_store_that_is_away_ends_nothing(office, ada, touch, monkeypatch):
    monkeypatch.setattr(office.store.ledger, "outset", raises)
    monkeypatch.setattr(office.store.ledger, "withhold", raises)
    with pytest.raises(RuntimeError):
        await tries(office, touch(), LAST)
    monkeypatch.undo()

    assert (await tries(office, touch(), LAST)).answer is Answer.SENT


async def test_a_call_whose_task_cannot_be_written_ends_with_the_reason(office, ada, touch, monkeypatch):
    order = TaskOrder(touch("call", Channel.CALL), "call", "Call Ada", MONDAY + DAY, (), "")
    monkeypatch.setattr(office.composer, "words", lambda *_: {}["nothing"])

    answer = await environment(*LAST).run(Calls(office.desk, office.store.tasks).ask, order)

    assert (answer.answer, answer.code) == (Answer.NEVER, "broken")
    assert "KeyError: 'nothing'" in (await office.row(order.touch)).reason


@pytest.mark.parametrize(
    ("attempt", "after", "last"),
    [
        (1, timedelta(), False),
        (12, timedelta(minutes=20), False),
        (290, DAY - timedelta(minutes=11), False),
        (290, DAY - timedelta(minutes=10), True),  # the next one might fit, the one after it would not
        (100_000, DAY, True),
    ],
)
def test_the_last_attempt_is_the_one_after_which_the_time_is_over(attempt, after, last):
    assert is_last(environment(attempt, after).info) is last


def test_without_a_limit_no_attempt_is_the_last():
    assert not is_last(environment(1_000, DAY, None).info)
    assert not is_last(replace(environment(*LAST).info, retry_policy=None))
    assert is_last(replace(environment(*LAST).info, retry_policy=RetryPolicy(maximum_interval=None)))


# --- the alarm -------------------------------------------------------------------------------------------------------


class Failing(ActivityInboundInterceptor):
    """An activity that fails of one thing for ever."""

    def __init__(self, of):
        self.of = of

    async def execute_activity(self, input):
        raise self.of


async def said(caplog, attempt, of):
    heard = Alarm().intercept_activity(Failing(of))
    with pytest.raises(type(of)):
        await environment(attempt, timedelta(seconds=5)).run(
            heard.execute_activity, ExecuteActivityInput(raises, (), None, {})
        )
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


@pytest.mark.parametrize("of", [RuntimeError("ada@example.com"), Misconfigured("ada@example.com")])
async def test_what_fails_a_third_time_is_an_alarm_with_everything_an_operator_looks_for(caplog, of):
    assert await said(caplog, 2, of) == []
    [alarm] = await said(caplog, 3, of)
    end = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
    assert alarm.startswith(f"send of lead-ada failed 3 times, now of {type(of).__name__}: (address)")
    assert f"it is tried again until {end:%Y-%m-%d %H:%M:%S} UTC" in alarm


async def test_a_word_of_ours_is_no_alarm(caplog):
    assert await said(caplog, 30, ApplicationError("the relay is busy", type="Unavailable")) == []
