"""An activity begins only where the clock is right and Temporal knows the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.admission import AGAIN_AFTER, MOST_ASTRAY, Admission, on_time
from nurture.domain.clock import TimeScale

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
QUICK = TimeScale(factor=21_600, real_origin=MONDAY, origin=datetime(2026, 6, 1, tzinfo=UTC))

REAL = TimeScale()


class Clock:
    def __init__(self, now):
        self._now = now

    def now(self):
        return self._now


def admission(now, scale=REAL, *, known=True):
    async def knows():
        return known

    return Admission(Clock(now), scale, knows)


@pytest.mark.parametrize("astray", [timedelta(), MOST_ASTRAY, -MOST_ASTRAY])
async def test_a_clock_that_is_about_right_begins(astray):
    await admission(MONDAY + astray).admit("send", MONDAY)


@pytest.mark.parametrize(
    ("astray", "said"), [(timedelta(days=365), "+31,536,000 s"), (timedelta(days=-1), "-86,400 s")]
)
async def test_a_clock_that_is_wrong_is_said_and_another_worker_may_do_it_soon(astray, said):
    with pytest.raises(ApplicationError, match="clock shows") as refused:
        await admission(MONDAY + astray).admit("send", MONDAY)
    assert said in refused.value.message
    assert (refused.value.type, refused.value.non_retryable) == ("ClockAstray", False)
    assert refused.value.next_retry_delay == AGAIN_AFTER


async def test_clocks_are_compared_in_wall_clock_time_whatever_the_scale():
    ours = QUICK.at(MONDAY)
    await admission(ours + timedelta(days=10), QUICK).admit("send", MONDAY)  # 40 seconds
    with pytest.raises(ApplicationError, match=r"\+1,460 s"):
        await admission(ours + timedelta(days=365), QUICK).admit("send", MONDAY)


async def test_a_lead_is_not_read_while_temporal_has_forgotten_it_and_everything_else_goes_on():
    forgotten = admission(MONDAY, known=False)
    with pytest.raises(ApplicationError, match="run nurture rebuild") as refused:
        await forgotten.admit("recall", MONDAY)
    assert (refused.value.type, refused.value.non_retryable) == ("Forgotten", False)
    await forgotten.admit("place", MONDAY)


class Inner(ActivityInboundInterceptor):
    """An activity during which the clock may jump."""

    def __init__(self, clock, jump):
        self.clock, self.jump = clock, jump

    async def execute_activity(self, input):
        self.clock.jumps(self.jump)
        return on_time(self.clock.now())


class Jumping:
    """The wall clock, and how far somebody moved it."""

    def __init__(self):
        self.moved = timedelta()

    def jumps(self, by):
        self.moved += by

    def now(self):
        return datetime.now(UTC) + self.moved


async def begun(clock, jump):
    door = Admission(clock, REAL, knows).intercept_activity(Inner(clock, jump))
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, activity_type="send", started_time=datetime.now(UTC))
    return await environment.run(door.execute_activity, ExecuteActivityInput(begun, (), None, {}))


async def knows():
    return True


async def test_a_clock_that_jumps_while_an_activity_runs_writes_nothing_that_others_go_by():
    clock = Jumping()
    assert abs(await begun(clock, timedelta()) - clock.now()) < MOST_ASTRAY
    with pytest.raises(ApplicationError, match="clock shows"):
        await begun(Jumping(), timedelta(days=365))


def test_outside_of_a_worker_there_is_nothing_to_compare_with():
    assert on_time(MONDAY) == MONDAY
