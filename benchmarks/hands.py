"""A worker process: `ours` works on real leads, `local` sends by local activities, `bare` on the bare workflow.

Says "ready", then answers each line with the seconds of CPU it has used; ends when its standard input is closed.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxRestrictions

from benchmarks.bare import QUEUE as BARE_QUEUE
from benchmarks.bare import Bare, nothing
from benchmarks.local_send import LocalSendLead
from nurture.channels.memory import outboxes
from nurture.connecting import connect
from nurture.leaving import leave
from nurture.settings import Settings
from nurture.wiring import open_house
from workflows.client import QUEUE
from workflows.lead import LeadWorkflow
from workflows.runner import FILING, LOADED_ONCE, THINKING, WORKFLOWS, Runner

KINDS = ("ours", "local", "bare")
RELAY_EVERY = 2.0
_RUNNER = Runner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*LOADED_ONCE, "benchmarks"))
"""The worker's own runner, for bare workflows as well: their module is loaded once too."""
SENDING_LOCALLY: list[type[Any]] = [LocalSendLead, *(each for each in WORKFLOWS if each is not LeadWorkflow)]


def workers(
    client: Client, workflows: list[type[Any]], activities: Mapping[str, list[Any]], local: list[Any]
) -> list[Worker]:
    """Return one worker a task queue, with the settings of worker.py; `local` runs beside the workflows."""
    hands = [
        Worker(
            client,
            task_queue=queue,
            activities=known,
            max_concurrent_activities=50,
            max_concurrent_activity_task_polls=2,
        )
        for queue, known in activities.items()
        if queue != QUEUE
    ]
    head = Worker(
        client,
        task_queue=QUEUE,
        workflows=workflows,
        activities=[*activities.get(QUEUE, ()), *local],
        workflow_runner=_RUNNER,
        max_concurrent_activities=FILING,
        max_concurrent_activity_task_polls=2,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=5),
        max_cached_workflows=2_000,
        max_concurrent_workflow_tasks=THINKING,
        max_concurrent_workflow_task_polls=THINKING,
    )
    return [*hands, head]


async def work(kind: str) -> None:
    """Work until standard input closes."""
    settings = Settings()
    async with AsyncExitStack() as open_:
        client = await connect(settings)
        if kind == "bare":
            made = workers(client, [Bare], {BARE_QUEUE: [nothing]}, [])
        else:
            house = await open_.enter_async_context(open_house(settings))
            activities = house.activities(outboxes())
            relay = asyncio.create_task(house.relay().run(RELAY_EVERY))
            open_.callback(relay.cancel)
            local = activities["email"] if kind == "local" else []
            made = workers(client, SENDING_LOCALLY if local else WORKFLOWS, activities, local)
        for worker in made:
            await open_.enter_async_context(worker)
        print("ready", flush=True)
        while await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline):
            print(time.process_time(), flush=True)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
    leave(0)
