"""Errors that nobody knows: said out loud while they are tried again, and given a reason when the tries are spent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.discretion import discreet
from nurture.domain.errors import Conflict

LOUD_FROM = 3
"""The attempt from which a failure is an alarm: a moment's trouble is over by then, and a defect is not."""
_LONGEST_WORDS, _MOST_DOUBLINGS = 300, 60
Ended = TypeVar("Ended")


class Alarm(Interceptor):
    """Logs at level ERROR whatever an activity fails of again and again, unless the error is a word of ours."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Stand before every activity of a worker."""
        return _Listening(next)


class _Listening(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await super().execute_activity(input)
        except ApplicationError:  # ours: it says what it waits for, and how long
            raise
        except Exception as strange:
            info = activity.info()
            if info.attempt >= LOUD_FROM:
                activity.logger.error(
                    "%s of %s failed %d times, now of %s; it is tried again until %s",
                    *(info.activity_type, info.workflow_id, info.attempt, _in_words(strange), _until(info)),
                )
            raise


async def within_budget(attempt: Callable[[], Awaitable[Ended]], give_up: Callable[[str], Awaitable[Ended]]) -> Ended:
    """Return what the attempt returns; the last one that the retry policy allows ends by `give_up` with a reason.

    `give_up` is told why. When it raises Conflict, what was tried may have happened: then the error itself is the end.
    """
    try:
        return await attempt()
    except ApplicationError:
        raise
    except Exception as strange:
        info = activity.info()
        if not is_last(info):
            raise
        why = f"given up after {info.attempt} tries: {_in_words(strange)}"
        activity.logger.error("%s of %s is %s", info.activity_type, info.workflow_id, why)
        try:
            return await give_up(why)
        except Conflict:
            raise strange from None


def is_last(info: activity.Info) -> bool:
    """Whether no other attempt fits into the activity's time. When it is close, this one counts as the last."""
    policy, budget = info.retry_policy, info.schedule_to_close_timeout
    if policy is None or budget is None:
        return False
    doublings = min(info.attempt - 1, _MOST_DOUBLINGS)
    pause = policy.initial_interval.total_seconds() * policy.backoff_coefficient**doublings
    longest = (policy.maximum_interval or budget).total_seconds()
    return info.started_time + timedelta(seconds=2 * min(pause, longest)) >= info.scheduled_time + budget


def _in_words(strange: Exception) -> str:
    return discreet(f"{type(strange).__name__}: {strange}")[:_LONGEST_WORDS]


def _until(info: activity.Info) -> str:
    budget = info.schedule_to_close_timeout
    return f"{info.scheduled_time + budget:%Y-%m-%d %H:%M:%S} UTC" if budget else "somebody stops it"
