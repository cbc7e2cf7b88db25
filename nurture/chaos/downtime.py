"""A stack that falls and rises as a whole: Temporal, two workers and the web app, all killed, all started again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from nurture.chaos.place import lay_out
from nurture.domain.clock import TimeScale
from nurture.domain.errors import Misconfigured
from nurture.local.dev_server import DevServer
from nurture.local.mail_catcher import MailCatcher
from nurture.local.process import Child, free_port
from nurture.local.stack import Keys, child, is_ready, values_of
from nurture.settings import Settings
from nurture.wiring import House, WallClock, open_house

_READY_WITHIN = 120.0


@dataclass
class Downtime:
    """What runs, or lies still. `house` is our own eye in the store and in Temporal; `mails` is the journal."""

    house: House
    temporal: DevServer
    parts: tuple[Child, ...]
    mails: Path

    async def falls(self) -> None:
        """Kill everything at once, without a word."""
        await asyncio.gather(*(part.kill() for part in self.parts), self.temporal.crash())

    async def rises(self) -> None:
        """Start everything again and wait until the web app says that it is ready. Raises Misconfigured."""
        await self.temporal.revive()
        for part in self.parts:
            await part.start()
        await self._ready()

    async def _ready(self) -> None:
        ends = time.monotonic() + _READY_WITHIN
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
            while not await is_ready(http, f"{self.house.settings.public_url}/readyz"):
                if time.monotonic() > ends:
                    raise Misconfigured("The web app is not ready after the outage")
                await asyncio.sleep(0.2)


@asynccontextmanager
async def downtime(folder: Path, scale: TimeScale) -> AsyncIterator[Downtime]:
    """Start a stack in `folder` on this clock, yield it when it is ready, and stop it all."""
    root, web_port = lay_out(folder / "root"), free_port()
    clock, keys, mails = WallClock(scale), Keys.of(folder, []), folder / "mail.jsonl"
    async with AsyncExitStack() as open_:
        temporal = await open_.enter_async_context(DevServer(folder / "temporal.db", folder / "temporal.log"))
        catcher = await open_.enter_async_context(MailCatcher(mails, clock))
        values = values_of(root, folder, scale) | {
            "temporal_address": temporal.address,
            "secret": keys.secret,
            "api_key": keys.api,
            "public_url": f"http://127.0.0.1:{web_port}",
            "web_port": str(web_port),
            "inbound_smtp_port": str(free_port()),
            "smtp_port": str(catcher.port),
        }
        house = await open_.enter_async_context(open_house(Settings.model_validate(values)))
        parts = (
            child("nurture.web", folder, values, name="web"),
            child("worker", folder, values, name="a"),
            child("worker", folder, values, name="b"),
        )
        made = Downtime(house, temporal, parts, mails)
        for part in parts:
            await part.start()
            open_.push_async_callback(part.stop, 10.0)
        await made._ready()
        yield made
