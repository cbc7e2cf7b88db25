"""The ground of the fault suite: every part a process of its own, started, killed and started again at will."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import aiohttp
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError

from nurture.chaos import nemesis, witness
from nurture.chaos.certificates import Certificates, certificates_in
from nurture.chaos.crowd import Birth, Crowd
from nurture.chaos.forked import Fledgling, Nest
from nurture.chaos.mail_sink import MailSink
from nurture.chaos.proxy import Proxy
from nurture.chaos.text_stand_in import TextSink
from nurture.domain.clock import TimeScale
from nurture.domain.errors import Misconfigured
from nurture.local.dev_server import DevServer
from nurture.local.process import Child, free_port
from nurture.local.stack import Keys, is_ready, values_of, variables
from nurture.settings import Settings
from nurture.wiring import House, WallClock, open_house

WORKERS = ("a", "b")
DOT_TIMEOUT = 8.0
"""Seconds the workers of this suite wait after the final dot, instead of ten minutes."""
_READY_WITHIN = 60.0
_ASKS = 60
_IN_ALREADY = ("already_in", "not_again")
Say = Callable[[str], None]


@dataclass
class Part:
    """A process with its folder of orders."""

    child: Child
    orders: Path

    def order(self, point: str, number: float = 1) -> None:
        """Leave an order: die the `number`th time at `point`, or move the clock by `number` seconds."""
        (self.orders / point).write_text(str(number))

    def recall(self, point: str) -> None:
        """Take an order back."""
        (self.orders / point).unlink(missing_ok=True)


@dataclass
class Ground:
    """What runs, and where. `house` is the suite's own eye and hand in the store and in Temporal."""

    folder: Path
    house: House
    keys: Keys
    temporal: DevServer
    mail: MailSink
    texts: TextSink
    web: Part
    workers: Mapping[str, Part]
    proxies: Mapping[str, Proxy]
    caught: set[str] = field(default_factory=set)
    """Touches of anybody that a strike caught between wire and result, whosever cell it was."""
    watched: str = ""
    """The sequence that is looked at, when it is somebody's own: it may lead people on to others, without end."""
    at_rest: set[str] = field(default_factory=set)
    """People whose workflow is over and no longer known to the server, whose database was lost since."""
    second_web: Part | None = None
    """Another web app on the same store, at `second_url`; only on a wide ground."""
    second_url: str = ""
    birth: Birth = field(default_factory=Birth)
    turns: Iterator[str] = field(default_factory=lambda: cycle(WORKERS))

    @property
    def parts(self) -> list[Part]:
        """Every process of ours: web apps and workers."""
        return [self.web, *([self.second_web] if self.second_web else []), *self.workers.values()]

    @property
    def settings(self) -> Settings:
        """The settings of the web app."""
        return self.house.settings

    async def enrol(self, crowd: Crowd, sequence: str, at_once: int = 16) -> None:
        """Enrol everybody, as a program that asks again when it got no answer: nobody enters twice by that.

        Raises RuntimeError when somebody may not enter: that would be no fault of the product.
        """
        room = asyncio.Semaphore(at_once)

        async def one(lead: str) -> None:
            async with room:
                if refusal := await self._entered(lead, sequence):
                    raise RuntimeError(f"{lead} may not enter {sequence}: {refusal}")

        await asyncio.gather(*map(one, crowd.leads))

    async def _entered(self, lead: str, sequence: str) -> str:
        """Return the reason why not, "" when the lead is in. Raises the last failure of many."""
        for left in reversed(range(_ASKS)):
            try:
                refusal = await self.house.enrol(lead, sequence, "chaos")
            except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError):
                if not left:
                    raise
                await asyncio.sleep(1.0)
            else:
                return "" if refusal in _IN_ALREADY and left < _ASKS - 1 else refusal
        return "nobody answered"

    async def victim(self) -> str:
        """Return the worker to strike next: they take turns, so that the last one has time to come back.

        Waits until it polls for mail. Raises TimeoutError.
        """
        door = next(self.turns)
        ends = time.monotonic() + _READY_WITHIN
        while not await self.polls(door):
            self.workers[door].child.demand_running()
            if time.monotonic() > ends:
                raise TimeoutError(f"worker {door} does not poll")
            await asyncio.sleep(0.2)
        return door

    async def polls(self, door: str) -> bool:
        """Return whether the server knows this worker as one that takes mails."""
        pollers = await self.house.leads.pollers("email")
        return any(who.partition("@")[0] == str(self.workers[door].child.pid) for who in pollers)

    async def ready(self, *, with_temporal: bool = True) -> None:
        """Wait until the web app answers, and with `with_temporal` says that it is ready. Raises Misconfigured."""
        path = "readyz" if with_temporal else "healthz"
        ends = time.monotonic() + _READY_WITHIN
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
            while not await is_ready(http, f"{self.settings.public_url}/{path}"):
                self.web.child.demand_running()
                if time.monotonic() > ends:
                    raise Misconfigured(f"The web app is not ready: {self.web.child.last_words()}")
                await asyncio.sleep(0.1)


@asynccontextmanager
async def ground(
    nest: Nest,
    root: Path,
    folder: Path,
    scale: TimeScale,
    seed: int,
    *,
    blind: bool = False,
    database: str = "",
    wide: bool = False,
    secure: bool = False,
) -> AsyncIterator[Ground]:
    """Start everything on `root`, yield it when the web app is ready, and stop it all. `nest` forks our processes.

    `blind` makes the workers those of the negative control. `database` is a migrated Postgres' URL instead of a file.
    `wide` starts four workers and two web apps instead of two and one. `secure` gives the relay STARTTLS, which the
    workers demand then, and an authority that they trust.
    """
    clock, keys, web_port = WallClock(scale), Keys.of(folder, []), free_port()
    doors = (*WORKERS, "c", "d") if wide else WORKERS
    public_url = f"http://127.0.0.1:{web_port}"
    async with AsyncExitStack() as open_:
        temporal = await open_.enter_async_context(DevServer(folder / "temporal.db", folder / "temporal.log"))
        mail = await open_.enter_async_context(
            MailSink(folder / "mail.jsonl", clock, doors, certificates_in(folder) if secure else None)
        )
        texts = await open_.enter_async_context(TextSink(folder / "texts.jsonl", clock, public_url, seed))
        values = values_of(root, folder, scale) | {
            "temporal_address": temporal.address,
            "secret": keys.secret,
            "api_key": keys.api,
            "public_url": public_url,
            "web_port": str(web_port),
            "inbound_smtp_port": str(free_port()),
            "smtp_dot_timeout": str(DOT_TIMEOUT),
            "twilio_account_sid": texts.sid,
            "twilio_auth_token": texts.token,
        }
        values |= {"database_url": database} if database else {}
        house = await open_.enter_async_context(open_house(Settings.model_validate(values)))
        await witness.seat(house.settings.database_url)
        proxies = {door: await open_.enter_async_context(Proxy(temporal.address)) for door in doors}
        web = _part(nest, "nurture.web", "web", folder, values)
        workers = {
            door: _part(
                nest, "worker", door, folder, values | _ways_out(door, mail, texts, proxies[door]), mail.certificates
            )
            for door in doors
        }
        made = Ground(folder, house, keys, temporal, mail, texts, web, workers, proxies)
        if wide:
            _second_web(nest, made, values)
        for part in made.parts:
            if blind:
                part.order(nemesis.BLIND)
            await part.child.start()
            open_.push_async_callback(part.child.stop, 10.0)
        await made.ready()
        yield made


def _ways_out(door: str, mail: MailSink, texts: TextSink, proxy: Proxy) -> dict[str, str]:
    """Return the settings of one worker: everything it reaches by a door of its own."""
    return {
        "smtp_port": str(mail.ports[door]),
        "smtp_tls": "starttls" if mail.certificates else "none",
        "twilio_base_url": texts.door(door),
        "temporal_address": proxy.address,
    }


def _second_web(nest: Nest, ground: Ground, values: Mapping[str, str]) -> None:
    port = free_port()
    other = {"web_port": str(port), "inbound_smtp_port": str(free_port())}
    ground.second_web = _part(nest, "nurture.web", "web-two", ground.folder, {**values, **other})
    ground.second_url = f"http://127.0.0.1:{port}"


def _part(
    nest: Nest, module: str, name: str, folder: Path, values: Mapping[str, str], trusted: Certificates | None = None
) -> Part:
    orders = folder / "orders" / name
    orders.mkdir(parents=True)
    env = variables(values) | {nemesis.ORDERS: os.fspath(orders)}
    env |= {"SSL_CERT_FILE": os.fspath(trusted.authority.resolve())} if trusted else {}
    return Part(Fledgling(nest, f"The {name}", module, folder / f"{name}.log", env, Path(values["root"])), orders)
