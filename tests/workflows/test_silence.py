"""A touch whose activity has no answer for good: a day without a worker costs nobody a message."""

from __future__ import annotations

from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.exceptions import ActivityError, ApplicationError, RetryState, TimeoutError, TimeoutType

from nurture.domain.errors import Unavailable
from nurture.domain.lead import Channel
from workflows import patience
from workflows.silence import cause_of, is_defect

TWO_MAILS = {
    "sequence": "two",
    "enter": {"by_hand": True},
    "timing": {"timezone": "lead", "window": "any-time"},
    "steps": [{"id": "first", "email": "welcome"}, {"id": "second", "after": "3 days", "email": "case-study"}],
}
LATER = ApplicationError("the relay is away", type="Unavailable")
DEFECT = ApplicationError("an index that nobody checked", type="IndexError")


def failed(cause: BaseException) -> ActivityError:
    """What a workflow is told of an activity that failed for good."""
    error = ActivityError(
        "Activity task failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="",
        activity_type="send",
        activity_id="1",
        retry_state=RetryState.TIMEOUT,
    )
    error.__cause__ = cause
    return error


def timed_out(last: BaseException | None = None) -> TimeoutError:
    """What stands behind an activity whose time was up; `last` is how its last try failed."""
    error = TimeoutError(
        "activity ScheduleToClose timeout", type=TimeoutType.SCHEDULE_TO_CLOSE, last_heartbeat_details=[]
    )
    error.__cause__ = last
    return error


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (timed_out(), False),  # no worker came
        (timed_out(timed_out()), False),  # workers came and died
        (LATER, False),
        (timed_out(LATER), False),
        (ApplicationError("its clock is astray", type="ClockAstray"), False),
        (DEFECT, True),
        (timed_out(DEFECT), True),
    ],
)
def test_only_an_error_that_another_day_will_not_mend_is_a_defect(cause, expected):
    assert is_defect(failed(cause)) is expected


def test_the_cause_is_told_in_its_own_words():
    assert cause_of(failed(DEFECT)) == "an index that nobody checked"


async def test_somebody_for_whom_nothing_could_be_tried_in_time_gets_the_mail_when_it_can(house, monkeypatch):
    soon = timedelta(seconds=2)
    monkeypatch.setattr(patience, "ON_THE_WIRE", {**patience.ON_THE_WIRE, "schedule_to_close_timeout": soon})
    house.outboxes[Channel.EMAIL].will_answer(*[Unavailable("nobody at home")] * 2)  # a second, two: then it is over

    ada = await house.enrols("ada", TWO_MAILS)
    await ada.settles()
    await ada.days_pass(3.1)

    assert await ada.ends() == "lead"
    assert await ada.sent() == ["first", "second"]
    events = [event.event_type async for event in ada.handle.fetch_history_events()]
    assert events.count(EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED) == 1  # it did fall silent
