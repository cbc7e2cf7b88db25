"""When a touch's activity has no answer for good: why, and what the ledger says instead."""

from __future__ import annotations

from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, TimeoutError

with workflow.unsafe.imports_passed_through():
    from activities.endings import Endings
    from nurture.domain.touch import Answer, Touch, TouchAnswer
    from workflows import patience

WAITING = ("LeaseLost", "Unavailable", "ClockAstray", "Forgotten")
"""Errors of ours that say "later": nothing is wrong with a touch that met one for a day."""


async def ended(touch: Touch, failure: ActivityError, now: datetime) -> TouchAnswer:
    """Return how a touch ended whose activity failed for good at `now` (our time, UTC); the ledger is asked.

    Histories from before that was asked go on with "unknown".
    """
    why = cause_of(failure)
    if not workflow.patched("asks-the-ledger"):
        return TouchAnswer(Answer.UNKNOWN, now, "failed", why)
    return await workflow.execute_activity_method(
        Endings.end_of,
        args=[touch, why, is_defect(failure)],
        **patience.at(patience.AT_HAND, patience.AT_THE_DESK, f"asks the ledger what became of {touch.step}: {why}"),
    )


def is_defect(failure: ActivityError) -> bool:
    """Whether tries failed of something that another day will not mend; workers that are away, or wait, are none."""
    cause: BaseException | None = failure.cause
    while isinstance(cause, TimeoutError):
        cause = cause.cause
    return isinstance(cause, ApplicationError) and cause.type not in WAITING


def cause_of(failure: ActivityError) -> str:
    """Return the first words of the real cause: `str(ActivityError)` is always "Activity task failed"."""
    cause = failure.cause
    words = cause.message if isinstance(cause, FailureError) else str(cause or failure)
    return words[:300]
