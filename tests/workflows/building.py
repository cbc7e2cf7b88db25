"""Builds what stories happen in: a dev server whose clocks can be turned, and houses with workers on it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter
from temporalio.testing import TimeSkipper, TimeSkippingConfig, WorkflowEnvironment
from temporalio.worker import Interceptor, Worker

from nurture.authoring.composer import JinjaComposer, SenderFacts
from nurture.authoring.library import Bookshelf
from nurture.channels.memory import outboxes
from nurture.domain.policies import Policies
from nurture.store import Store, open_store
from tests.workflows.house import House, TurnedClock
from workflows.client import QUEUE
from workflows.runner import RUNNER, WORKFLOWS
from workflows.signs import ALL_KEYS

ROOT = Path(__file__).parents[2]
SEALED, MIRROR = "sealed", "mirror"
"""Namespaces beside "default": one for encrypted payloads, one where the planner is compared with its workflow."""
TURNABLE = [
    "--dynamic-config-value",
    "frontend.WorkflowTimeSkippingEnabled=true",
    "--dynamic-config-value",
    'history.timerProcessorMaxTimeShift="5ms"',
    "--namespace",
    SEALED,
    "--namespace",
    MIRROR,
]


@asynccontextmanager
async def dev_server(*more: str) -> AsyncIterator[WorkflowEnvironment]:
    """Run a real Temporal server whose workflows' clocks can be turned one by one; `more` are options of its own."""
    binary = shutil.which("temporal", path=str(Path(sys.executable).parent)) or shutil.which("temporal")
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=binary,
        ui=False,
        search_attributes=list(ALL_KEYS),
        dev_server_log_level="error",
        dev_server_extra_args=[*TURNABLE, *more],
        data_converter=pydantic_data_converter,
    ) as env:
        yield env


def client_of(env: WorkflowEnvironment, namespace: str, converter: DataConverter = pydantic_data_converter) -> Client:
    """Return a client of another namespace on the same server."""
    return Client(**{**env.client.config(), "namespace": namespace, "data_converter": converter})


def turner(client: Client) -> TimeSkipper:
    """Return what turns clocks. A child keeps its own: it must not run ahead of its story."""
    return TimeSkipper(client, config=TimeSkippingConfig(enabled=False, disable_propagation=True))


@asynccontextmanager
async def open_house(client: Client, folder: Path, *asked_first: Interceptor) -> AsyncIterator[House]:
    """Open workers with the real activities on a store of their own; only the wires are outboxes."""
    clock = TurnedClock()
    shelf = Bookshelf.open(ROOT, clock.now().year)
    policies = Policies.from_document(shelf.policies)
    skipper = turner(client)
    url = f"sqlite+aiosqlite:///{folder}/nurture.db"
    async with open_store(url, clock, key=b"story", senders=policies.senders) as store, AsyncExitStack() as open_:
        await store.tasks.save_reps(policies.team)
        for file in shelf.sequences.values():
            await store.library.keep(file.id, file.version, file.document)
        composer = composer_of(store, policies)
        house = House(skipper.client, skipper, store, shelf, policies, composer, clock, outboxes())
        activities = house.activities()
        lead = Worker(
            house.client,
            task_queue=QUEUE,
            workflows=WORKFLOWS,
            activities=activities.pop(QUEUE),
            workflow_runner=RUNNER,
            interceptors=asked_first,
        )
        for queue, known in activities.items():
            await open_.enter_async_context(Worker(house.client, task_queue=queue, activities=known))
        await open_.enter_async_context(lead)
        yield house


def composer_of(store: Store, policies: Policies) -> JinjaComposer:
    """Return the composer of the shipped templates, with the shipped senders."""
    senders = {
        sender.id: SenderFacts(sender.name, sender.address, policies.senders.postal_address, policies.senders.brand)
        for pool in policies.senders.pools.values()
        for sender in pool
    }
    return JinjaComposer(
        ROOT / "templates",
        secret=b"sixteen letters!",
        public_url="http://127.0.0.1",
        mail_domain="mail.example.com",
        senders=senders,
        links=store.links,
    )
