"""One dev server for all workflow stories, and a house of its own for each."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest_asyncio
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkipper, TimeSkippingConfig, WorkflowEnvironment
from temporalio.worker import Worker

from nurture.authoring.composer import JinjaComposer, SenderFacts
from nurture.authoring.library import Bookshelf
from nurture.channels.memory import outboxes
from nurture.domain.policies import Policies
from nurture.store import open_store
from tests.workflows.house import House, TurnedClock
from workflows.client import QUEUE
from workflows.runner import RUNNER, WORKFLOWS
from workflows.signs import ALL_KEYS

ROOT = Path(__file__).parents[2]
TURNABLE = [
    "--dynamic-config-value",
    "frontend.WorkflowTimeSkippingEnabled=true",
    "--dynamic-config-value",
    'history.timerProcessorMaxTimeShift="5ms"',
]


@pytest_asyncio.fixture(scope="session")
async def server():
    """A real Temporal server whose workflows' clocks can be turned one by one."""
    binary = shutil.which("temporal", path=str(Path(sys.executable).parent)) or shutil.which("temporal")
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=binary,
        ui=False,
        search_attributes=list(ALL_KEYS),
        dev_server_log_level="error",
        dev_server_extra_args=TURNABLE,
        data_converter=pydantic_data_converter,
    ) as env:
        yield env


@pytest_asyncio.fixture(scope="session")
async def house(server, tmp_path_factory):
    """Workers with the real activities on a store of their own; only the wires are outboxes."""
    clock = TurnedClock()
    shelf = Bookshelf.open(ROOT, clock.now().year)
    policies = Policies.from_document(shelf.policies)
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('house')}/nurture.db"
    skipper = TimeSkipper(server.client, config=TimeSkippingConfig(enabled=False, disable_propagation=True))
    async with open_store(url, clock, key=b"story", senders=policies.senders) as store:
        await store.tasks.save_reps(policies.team)
        for file in shelf.sequences.values():
            await store.library.keep(file.id, file.version, file.document)
        senders = {
            s.id: SenderFacts(s.name, s.address, policies.senders.postal_address, policies.senders.brand)
            for pool in policies.senders.pools.values()
            for s in pool
        }
        composer = JinjaComposer(
            ROOT / "templates",
            secret=b"sixteen letters!",
            public_url="http://127.0.0.1",
            mail_domain="mail.example.com",
            senders=senders,
            links=store.links,
        )
        house = House(skipper.client, skipper, store, shelf, policies, composer, clock, outboxes())
        queues = [Worker(house.client, task_queue=q, activities=known) for q, known in house.activities().items()]
        lead = Worker(house.client, task_queue=QUEUE, workflows=WORKFLOWS, workflow_runner=RUNNER)
        async with queues[0], queues[1], queues[2], queues[3], lead:
            yield house
