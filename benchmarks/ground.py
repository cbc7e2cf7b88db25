"""Where leads live during a benchmark: a real dev server, a store on SQLite in a folder of its own, made-up people."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client

from benchmarks.rows import ROOT
from nurture.connecting import connect
from nurture.domain.consent import Basis, Consent
from nurture.domain.lead import Channel, Contact, Purpose
from nurture.local.dev_server import DevServer
from nurture.settings import Settings
from nurture.wiring import House, open_house
from workflows.client import LeadClient

SECRET = "a secret that only benchmarks use"
BEGINS = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""What our clock shows at the start: a Monday morning."""
AT_ONCE = 16
"""Requests to the server under way at a time: it opens one SQLite connection, and a crowd only queues there."""
SENDERS = """\
brand: Acme Workspace
postal_address: Acme Workspace GmbH, Beispielstraße 12, 10115 Berlin, Germany
default_pools: { email: bench }
pools:
  bench:
    senders:
      - { id: one, channel: email, address: one@example.com, daily_cap: 1000000, spacing_seconds: 0, jitter_seconds: 0 }
      - { id: two, channel: email, address: two@example.com, daily_cap: 1000000, spacing_seconds: 0, jitter_seconds: 0 }
"""
"""Mailboxes that are never full: what is measured is the machine."""


@dataclass(frozen=True)
class Ground:
    """The stack without a worker: benchmarks start their own. `env` is what a child process needs to join."""

    house: House
    client: Client
    server: DevServer
    env: Mapping[str, str]

    @property
    def leads(self) -> LeadClient:
        """The way to leads' workflows."""
        return self.house.leads

    async def people(self, prefix: str, count: int) -> list[str]:
        """Save so many people who agreed to everything, and return their ids."""
        ids = [f"{prefix}-{number}" for number in range(count)]
        now = self.house.clock.now() - timedelta(days=1)
        agreed = [
            Consent(lead, Channel.EMAIL, Purpose.MARKETING, Basis.EXPRESS_WRITTEN, now, "form", source="form")
            for lead in ids
        ]
        await self.house.store.leads.save([_person(lead) for lead in ids], agreed)
        return ids


def _person(lead: str) -> Contact:
    return Contact(
        id=lead,
        email=f"{lead}@example.com",
        first_name="Priya",
        company="Harbour Logistics",
        language="en",
        country="GR",  # no public holidays are listed for it, so every day is open
        timezones=("Europe/Athens",),
        source="webinar",
        fields={"company_size": 120, "industry": "logistics"},
    )


@asynccontextmanager
async def ground(factor: float) -> AsyncIterator[Ground]:
    """Open a fresh ground on which our time runs `factor` times faster than the wall clock; nothing of it is kept."""
    with tempfile.TemporaryDirectory(prefix="nurture-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        lay_out(folder / "root")
        async with DevServer(folder / "temporal.db", folder / "temporal.log") as server:
            settings = _settings(folder, server.address, factor)
            async with open_house(Settings(**settings)) as house:
                client = await connect(house.settings)
                env = {f"NURTURE_{key.upper()}": str(value) for key, value in settings.items()}
                yield Ground(house, client, server, env)


def lay_out(root: Path) -> None:
    """Fill `root` with our sequences, the shipped policies and templates, and senders that are never full."""
    for folder in ("policies", "templates"):
        shutil.copytree(ROOT / folder, root / folder)
    shutil.copytree(ROOT / "benchmarks" / "sequences", root / "sequences")
    (root / "policies" / "senders.yaml").write_text(SENDERS, encoding="utf-8")


def _settings(folder: Path, address: str, factor: float) -> dict[str, Any]:
    now = datetime.now(UTC)
    scaled = {"time_real_origin": now.isoformat(), "time_origin": BEGINS.isoformat()} if factor != 1.0 else {}
    return {
        "root": folder / "root",
        "database_url": f"sqlite+aiosqlite:///{folder / 'nurture.db'}",
        "temporal_address": address,
        "secret": SECRET,
        "api_key": SECRET,
        "inbound_smtp_port": 0,
        "time_factor": factor,
        **scaled,
    }


async def few_at_a_time(jobs: Iterable[Awaitable[Any]], limit: int = AT_ONCE) -> list[Any]:
    """Run the jobs, at most `limit` at a time, and return their results in order."""
    room = asyncio.Semaphore(limit)

    async def one(job: Awaitable[Any]) -> Any:
        async with room:
            return await job

    return await asyncio.gather(*map(one, jobs))
