"""The worker: settings, house, workflows, activities, run. `python worker.py --only email` scales one channel."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from importlib.metadata import version
from typing import Any

from temporalio.client import Client
from temporalio.worker import Interceptor, Worker

from activities.admission import Admission
from activities.budget import Alarm
from nurture.carriers import open_carriers
from nurture.leaving import leave
from nurture.logs import speak_json
from nurture.reconciling import LOOKS_EVERY, guard_of
from nurture.settings import Settings
from nurture.wiring import open_house
from workflows.client import QUEUE
from workflows.runner import FILING, RUNNER, THINKING, WORKFLOWS

RELAY_EVERY = 2.0
"""Seconds of the wall clock between two sweeps for facts that nobody heard yet."""

BUILD = f"nurture-{version('nurture')}"
"""What Temporal's UI calls this code. The SDK would hash every loaded module, which took a start three seconds more."""


def workers(
    client: Client,
    activities: Mapping[str, list[Any]],
    only: Sequence[str],
    rates: Mapping[str, float],
    asked_first: Sequence[Interceptor] = (),
) -> list[Worker]:
    """Return one worker a task queue: `nurture` for the workflows and their own activities, the others for theirs.

    `rates` are the most activities a second by queue; Temporal keeps them over all workers together. `asked_first`
    stand before every activity.
    """
    drain = timedelta(seconds=25)
    sticky = timedelta(seconds=5)  # shorter: a backlog replays from the start; longer: a killed worker is missed
    made = [
        Worker(
            client,
            task_queue=queue,
            activities=known,
            interceptors=asked_first,
            build_id=BUILD,
            graceful_shutdown_timeout=drain,
            max_concurrent_activities=50,
            max_concurrent_activity_task_polls=2,
            max_task_queue_activities_per_second=rates.get(queue),
        )
        for queue, known in activities.items()
        if queue != QUEUE and (queue in only or not only)
    ]
    if not only or QUEUE in only:
        made.append(
            Worker(
                client,
                task_queue=QUEUE,
                build_id=BUILD,
                workflows=WORKFLOWS,
                activities=activities[QUEUE],
                interceptors=asked_first,
                workflow_runner=RUNNER,
                max_concurrent_activities=FILING,
                max_concurrent_activity_task_polls=2,
                sticky_queue_schedule_to_start_timeout=sticky,
                max_cached_workflows=2_000,
                max_concurrent_workflow_tasks=THINKING,
                max_concurrent_workflow_task_polls=THINKING,
            )
        )
    return made


async def run(settings: Settings, only: Sequence[str] = ()) -> None:
    """Work until SIGINT or SIGTERM, then finish what is in flight. Waits for a Temporal that is not up yet."""
    stop = asyncio.Event()
    async with (
        open_house(settings, patient=True) as house,
        open_carriers(settings, house.clock) as carriers,
        AsyncExitStack() as open_,
    ):
        guard = guard_of(house.store, house.leads, house.clock)
        await guard.admit()  # before anything polls: a restored store may not send
        for sign in (signal.SIGINT, signal.SIGTERM):  # not before: who waits for Temporal has nothing to finish
            asyncio.get_running_loop().add_signal_handler(sign, stop.set)
        client = house.leads.client
        admission = Admission(house.clock, settings.scale, guard.knows)
        for worker in workers(client, house.activities(carriers), only, settings.rates, [admission, Alarm()]):
            await open_.enter_async_context(worker)
        if not only or QUEUE in only:
            await house.leads.keep_sweeping(house.segments)
            for sequence in house.shelf.sequences.values():
                if house.people_inside(sequence.id) == "move":
                    await house.leads.change_everybody(sequence.id, sequence.version)
        await house.leads.keep_reconciling()
        beside = [asyncio.create_task(each) for each in (house.relay().run(RELAY_EVERY), guard.run(LOOKS_EVERY))]
        await stop.wait()
        for task in beside:
            task.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", action="append", default=[], help="a task queue: nurture, email, sms, whatsapp, back-office"
    )
    chosen = parser.parse_args().only
    speak_json()
    asyncio.run(run(Settings(), chosen))
    leave(0)
