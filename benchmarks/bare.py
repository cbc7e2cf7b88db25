"""The bare workflow that a lead is measured against: the same timer, and an activity that does nothing."""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from workflows import patience

QUEUE = "email"
"""The task queue of its activity, the same as a mail's."""


@dataclass
class BareStart:
    """How many touches, and how many seconds of wall-clock time before each."""

    touches: int
    pause: float


@activity.defn(name="nothing")
async def nothing(_number: int) -> None:
    """Do nothing."""


@workflow.defn(name="Bare")
class Bare:
    """Sleeps and does nothing, so often."""

    @workflow.run
    async def run(self, start: BareStart) -> None:
        """Take the touches one by one."""
        for number in range(start.touches):
            await workflow.sleep(start.pause, summary="waits for the next nothing")
            await workflow.execute_activity(nothing, number, **patience.at(QUEUE, patience.ON_THE_WIRE, "does nothing"))
