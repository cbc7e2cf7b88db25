"""The Temporal Schedule of the reconciler, made by whichever worker comes first."""

from __future__ import annotations

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

from workflows.reconcile import ReconcileWorkflow

SCHEDULE = "nurture-reconcile"
"""The schedule's id, and the beginning of its workflows' ids."""
EVERY = timedelta(minutes=5)
"""How often (wall clock) providers are asked: what is uncertain or was missed is settled within that time (T12)."""


async def keep_reconciling(client: Client, queue: str) -> None:
    """Make the schedule unless it is there. Safe to repeat, and for many workers at once."""
    action = ScheduleActionStartWorkflow(
        ReconcileWorkflow.run,
        id=SCHEDULE,
        task_queue=queue,
        execution_timeout=timedelta(hours=1),
        static_summary="Asks the providers about every touch nobody knows the end of",
    )
    spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(EVERY)])
    policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=EVERY)
    try:
        await client.create_schedule(SCHEDULE, Schedule(action=action, spec=spec, policy=policy))
    except ScheduleAlreadyRunningError:
        return
