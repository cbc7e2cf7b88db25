"""The whole product on this machine: Temporal, web app, worker, mail catcher and Twilio stand-in, on free ports."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from nurture.domain.clock import TimeScale
from nurture.domain.errors import Misconfigured
from nurture.local.dev_server import DevServer
from nurture.local.mail_catcher import MailCatcher
from nurture.local.process import Child, free_port
from nurture.local.twilio_stand_in import TwilioStandIn
from nurture.local.ways_in import Addresses
from nurture.settings import Settings
from nurture.wiring import WallClock

_READY_WITHIN = 40.0
_AGAIN_AFTER = 0.5
Say = Callable[[str], None]


@dataclass(frozen=True)
class Keys:
    """Everything that must be guessed by nobody; made at random for each folder."""

    secret: str = field(repr=False)
    api: str = field(repr=False)
    reps: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, folder: Path, reps: list[str]) -> Keys:
        """Return the keys kept in `folder`, made there when it has none: links in old mails must keep working."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "keys.json"
        kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        known: dict[str, str] = kept.get("reps", {})
        keys = {rep: known.get(rep) or secrets.token_hex(8) for rep in reps}
        made = cls(kept.get("secret") or secrets.token_hex(32), kept.get("api") or secrets.token_hex(16), keys)
        path.touch(mode=0o600)
        path.write_text(json.dumps({"secret": made.secret, "api": made.api, "reps": dict(made.reps)}))
        return made


@dataclass
class Stack:
    """What runs, and where. `restarts` counts how often the worker died and was started again."""

    folder: Path
    settings: Settings
    keys: Keys
    clock: WallClock
    temporal: DevServer
    catcher: MailCatcher
    twilio: TwilioStandIn
    web: Child
    worker: Child
    restarts: int = 0
    stopping: bool = False

    @property
    def ways_in(self) -> Addresses:
        """Where the doors of the web app are."""
        return Addresses(self.settings.public_url, self.settings.inbound_smtp_port, self.keys.api)

    async def rest(self) -> None:
        """Let the worker finish what is in flight and stop it."""
        self.stopping = True
        await self.worker.stop()

    async def wake(self) -> None:
        """Start the worker again after `rest`."""
        self.stopping = False
        await self.worker.start()

    async def watch(self, say: Say) -> None:
        """Start the worker again whenever it dies without being asked to, and say so; until cancelled."""
        while True:
            code = await self.worker.ended()
            if self.stopping:
                await asyncio.sleep(_AGAIN_AFTER)
                continue
            self.restarts += 1
            say(f"the worker died ({_how(code)}); it is started again")
            await asyncio.sleep(_AGAIN_AFTER)
            await self.worker.start()


@asynccontextmanager
async def running(
    root: Path, folder: Path, scale: TimeScale, reps: list[str], say: Say, *, web_port: int = 0
) -> AsyncIterator[Stack]:
    """Start everything, yield it when the web app is ready, and stop it all in order.

    `root` holds sequences/, templates/ and policies/; databases, journals and logs go to `folder`. `web_port` 0 is any
    free one. Raises Misconfigured when a part does not come up.
    """
    clock, keys = WallClock(scale), Keys.of(folder, reps)
    web_port = web_port or free_port()
    public_url = f"http://127.0.0.1:{web_port}"
    async with AsyncExitStack() as open_:
        temporal = await open_.enter_async_context(DevServer(folder / "temporal.db", folder / "temporal.log"))
        catcher = await open_.enter_async_context(MailCatcher(folder / "mail.jsonl", clock))
        twilio = await open_.enter_async_context(TwilioStandIn(folder / "texts.jsonl", clock, public_url))
        values = values_of(root, folder, scale) | {
            "temporal_address": temporal.address,
            "secret": keys.secret,
            "api_key": keys.api,
            "rep_keys": ",".join(f"{rep}:{key}" for rep, key in keys.reps.items()),
            "public_url": public_url,
            "web_port": str(web_port),
            "inbound_smtp_port": str(free_port()),
            "smtp_port": str(catcher.port),
            "twilio_account_sid": twilio.sid,
            "twilio_auth_token": twilio.token,
            "twilio_base_url": twilio.url,
        }
        web, worker = (child(module, folder, values) for module in ("nurture.web", "worker"))
        settings = Settings.model_validate(values)
        stack = Stack(folder, settings, keys, clock, temporal, catcher, twilio, web, worker)
        for process in (web, worker):
            await process.start()
            open_.push_async_callback(process.stop)
        await _until_ready(stack)
        watch = asyncio.create_task(stack.watch(say))
        try:
            yield stack
        finally:
            stack.stopping = True
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)


def values_of(root: Path, folder: Path, scale: TimeScale) -> dict[str, str]:
    """Return the settings that do not depend on anything that has to be started first, as environment text."""
    values = {
        "root": str(root.resolve()),
        "database_url": f"sqlite+aiosqlite:///{(folder / 'nurture.db').resolve()}",
        "smtp_host": "127.0.0.1",
        "smtp_tls": "none",
        "time_factor": repr(scale.factor),
        "time_hours": ",".join(map(repr, scale.hours)),
        "time_weekend": repr(scale.weekend),
    }
    if scale.real_origin and scale.origin:
        values |= {"time_real_origin": scale.real_origin.isoformat(), "time_origin": scale.origin.isoformat()}
    return values


def child(module: str, folder: Path, values: Mapping[str, str], name: str = "") -> Child:
    """Return a process of ours that sees exactly these settings; `name` tells two of one module apart."""
    name, env = name or module.rpartition(".")[2], variables(values)
    command = [sys.executable, "-m", module]
    return Child(f"The {name}", command, folder / f"{name}.log", env=env, cwd=Path(values["root"]))


def variables(values: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which exactly these settings hold, whatever NURTURE_* is set around us."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("NURTURE_")}
    return ours | {f"NURTURE_{name.upper()}": value for name, value in values.items()}


async def _until_ready(stack: Stack) -> None:
    ends = time.monotonic() + _READY_WITHIN
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
        while not await is_ready(http, f"{stack.settings.public_url}/readyz"):
            stack.web.demand_running()
            stack.worker.demand_running()
            if time.monotonic() > ends:
                raise Misconfigured(f"The web app is not ready: {stack.web.last_words()}")
            await asyncio.sleep(0.1)


async def is_ready(http: aiohttp.ClientSession, url: str) -> bool:
    """Return whether somebody answers 200 at `url`; a web app that is not up yet is no error."""
    try:
        async with http.get(url) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
