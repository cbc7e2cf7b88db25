"""What every activity asks before it begins: is this machine's clock right, and does Temporal know the leads."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from nurture.domain.clock import TimeScale
from nurture.domain.ports import Clock

MOST_ASTRAY = timedelta(minutes=1)
"""Wall-clock time between Temporal's word and ours. A busy worker begins seconds late; a wrong clock is off by more."""
AGAIN_AFTER = timedelta(seconds=3)
"""How soon an activity that was not admitted is offered again, perhaps to another worker."""
RECALL = "recall"
"""The activity a lead's workflow begins with."""


@dataclass(frozen=True)
class Admission(Interceptor):
    """Turns an activity away for a moment, so that nobody acts on a wrong clock or on a Temporal that forgot.

    What a clock of next year marks would hold its people until then. A lead that wakes on an empty Temporal would
    believe that it never was under way: it waits, with all that it is told, until `nurture rebuild` gave it its state.
    `knows` says whether Temporal knows this store.
    """

    clock: Clock
    scale: TimeScale
    knows: Callable[[], Awaitable[bool]]

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Stand before every activity of a worker."""
        return _Door(next, self)

    async def admit(self, name: str, started: datetime) -> None:
        """Return if the activity may begin. Raises ApplicationError, to be tried again soon, if it may not."""
        self.compare(started, self.clock.now())
        if name == RECALL and not await self.knows():
            raise _turned_away(
                "Forgotten",
                "Temporal is a new one and knows nothing of the leads that were under way: run nurture rebuild",
            )

    def compare(self, temporals: datetime, ours: datetime) -> None:
        """Raise ApplicationError when `ours` (our time) is far from `temporals` (the wall clock's), both UTC."""
        astray = self.scale.real_wait(self.scale.at(temporals), ours)
        if abs(astray) > MOST_ASTRAY:
            raise _turned_away(
                "ClockAstray",
                f"This worker's clock shows {ours:%Y-%m-%d %H:%M:%S} UTC, {astray.total_seconds():+,.0f} s "
                "from Temporal's: set it, or stop this worker",
            )


_compare: ContextVar[Callable[[datetime], None] | None] = ContextVar("compare", default=None)


def on_time(now: datetime) -> datetime:
    """Return `now` (our time, UTC) if the clock is still right. For moments that others will go by.

    Raises ApplicationError when it has jumped since the activity was admitted.
    """
    if (compare := _compare.get()) is not None:
        compare(now)
    return now


class _Door(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, admission: Admission) -> None:
        super().__init__(inner)
        self._admission = admission

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info, began = activity.info(), time.monotonic()
        await self._admission.admit(info.activity_type, info.started_time)

        def compare(now: datetime) -> None:
            self._admission.compare(info.started_time + timedelta(seconds=time.monotonic() - began), now)

        _compare.set(compare)
        return await super().execute_activity(input)


def _turned_away(type_: str, why: str) -> ApplicationError:
    activity.logger.error(why)
    return ApplicationError(why, type=type_, next_retry_delay=AGAIN_AFTER)
