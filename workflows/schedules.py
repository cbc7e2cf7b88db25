"""The Temporal Schedules of segments: one for each sequence that people enter by belonging to a segment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)
from temporalio.common import Priority
from temporalio.service import RPCError, RPCStatusCode

from nurture.domain.clock import TimeScale
from workflows.sweep import SweepWorkflow

EVERY = timedelta(minutes=15)
"""How often a segment is swept, in our time."""
_SHORTEST = timedelta(seconds=1)
_PREFIX = "sweep-"


async def keep_sweeping(client: Client, queue: str, sequences: Iterable[str], scale: TimeScale) -> list[str]:
    """Give each of these sequences a schedule and take it from all others; return the ids of those that are new.

    Safe to repeat, and for several workers at once. A schedule that an operator paused in the UI stays paused.
    """
    wanted = {f"{_PREFIX}{sequence}": sequence for sequence in sequences}
    there = {each.id async for each in await client.list_schedules() if each.id.startswith(_PREFIX)}
    for gone in there - wanted.keys():
        await _let_go(client, gone)
    new = sorted(wanted.keys() - there)
    for name in new:
        try:
            await client.create_schedule(name, _schedule(name, queue, wanted[name], scale))
        except ScheduleAlreadyRunningError:
            continue  # another worker was faster
    return new


def _schedule(name: str, queue: str, sequence: str, scale: TimeScale) -> Schedule:
    action = ScheduleActionStartWorkflow(
        SweepWorkflow.run,
        sequence,
        id=name,
        task_queue=queue,
        static_summary=f"Looks who belongs to the segment of {sequence}",
        priority=Priority(priority_key=5),
    )
    every = max(EVERY / scale.mean_factor, _SHORTEST)
    return Schedule(
        action,
        ScheduleSpec(intervals=[ScheduleIntervalSpec(every)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=1)),
    )


async def _let_go(client: Client, schedule: str) -> None:
    try:
        await client.get_schedule_handle(schedule).delete()
    except RPCError as gone:
        if gone.status is not RPCStatusCode.NOT_FOUND:
            raise
