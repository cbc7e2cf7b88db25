"""How soon a reply stops a lead: from the POST at the web app to the workflow task that heard it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import httpx2
from temporalio.api.enums.v1 import EventType

from benchmarks.children import Child
from benchmarks.ground import SECRET, Ground, few_at_a_time, ground
from benchmarks.rows import ROOT, Ask, Benchmark, Budget, Row
from benchmarks.timing import percentile
from nurture.domain.tokens import sign_address
from nurture.domain.touch import LedgerRow, TouchState
from nurture.local.process import Child as Process
from nurture.local.process import free_port
from workflows.client import workflow_id
from workflows.lead import LeadWorkflow

NAME = "webhook-to-stopped-p99"
BUDGET = Budget("value", at_most=2)
SEQUENCE = "bench-reply"
A_SECOND = 50
"""Replies a second, sent on the beat whether or not the earlier ones were answered."""
PATIENCE = 180.0
TEXTS = (
    "Not now, please ask again next quarter.",
    "No thanks, we are not interested.",
    "Maybe later this year, we are busy until then.",
    "Yes, that sounds good. Please call me on Thursday.",
)
"""What people answer, in turn; the last one makes a hand-off to sales."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: whose, the wall-clock second of its POST, and how long the web app took to answer."""

    lead: str
    posted: float
    answered: float


def run(ask: Ask) -> list[Row]:
    """Let waiting leads answer their first mail, `A_SECOND` a second, through the real web app."""
    return asyncio.run(_run(ask))


async def _run(ask: Ask) -> list[Row]:
    seconds = ask.pick(5.0, 2.0, 0.06)
    count = int(A_SECOND * seconds)
    port = free_port()
    async with ground(1.0) as here:
        env = {**here.env, "NURTURE_WEB_PORT": str(port)}
        async with (
            Child("benchmarks.hands", ["ours"], env),
            web_app(env, f"http://127.0.0.1:{port}") as client,
        ):
            ask.say(f"{NAME}: {count} leads get their first mail")
            touches = await first_mails(here, count)
            ask.say(f"{NAME}: {count} replies, {A_SECOND} a second")
            replies = await answer(here, touches, client)
            delays = await stopped(here, replies)
    return [_row(replies, delays)]


def _row(replies: Sequence[Reply], delays: Sequence[float]) -> Row:
    doors = percentile([each.answered for each in replies], 0.99)
    rate = len(replies) / (max(each.posted for each in replies) - min(each.posted for each in replies) + 1 / A_SECOND)
    inputs = (
        f"{len(replies)} replies by raw mail to POST /webhooks/email/inbound, {rate:.0f} a second; median "
        f"{percentile(delays, 0.5):.2f} s, slowest {max(delays):.2f} s; the POST itself is answered within {doors:.2f} "
        f"s (p99); one worker, one web app, one dev server on this machine; a reply in {len(TEXTS)} makes a hand-off"
    )
    return Row(NAME, percentile(delays, 0.99), "s", None, BUDGET, inputs)


async def first_mails(here: Ground, count: int) -> list[LedgerRow]:
    """Let so many leads get their first mail, and return those touches."""
    crowd = await here.people("reader", count)
    await few_at_a_time(here.house.enrol(lead, SEQUENCE, "benchmark") for lead in crowd)
    async with asyncio.timeout(PATIENCE):
        while True:
            sent = await here.house.store.ledger.rows(states=[TouchState.SENT])
            if len(sent) == count:
                return list(sent)
            await asyncio.sleep(0.2)


@asynccontextmanager
async def web_app(env: Mapping[str, str], url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Run the web app as `nurture web` does and yield a client with its key, once it answers."""
    log = Path(env["NURTURE_ROOT"]).with_name("web.log")
    process = Process("The web app", [sys.executable, "-m", "nurture.web"], log, env={**os.environ, **env}, cwd=ROOT)
    await process.start()
    headers = {"authorization": f"Bearer {SECRET}"}
    try:
        async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
            async with asyncio.timeout(PATIENCE):
                while not await _answers(client):
                    process.demand_running()
                    await asyncio.sleep(0.1)
            yield client
    finally:
        await process.stop()


async def _answers(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/healthz")).is_success
    except httpx2.TransportError:
        return False


async def answer(here: Ground, touches: Sequence[LedgerRow], client: httpx2.AsyncClient) -> list[Reply]:
    """Answer each mail, `A_SECOND` a second, through the web app."""
    began = asyncio.get_running_loop().time()
    return await asyncio.gather(
        *(_reply(here, client, row, number, began + number / A_SECOND) for number, row in enumerate(touches))
    )


async def _reply(here: Ground, client: httpx2.AsyncClient, row: LedgerRow, number: int, at: float) -> Reply:
    token = sign_address(SECRET.encode(), "reply", row.ref)
    to = f"r+{token}@{here.house.settings.mail_domain}"
    raw = _mail(row, to, number)
    await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))
    posted, clock = time.time(), time.perf_counter()
    answer = await client.post("/webhooks/email/inbound", params={"from": row.to, "to": to}, content=raw)
    answer.raise_for_status()
    return Reply(row.touch.lead, posted, time.perf_counter() - clock)


def _mail(row: LedgerRow, to: str, number: int) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = row.to, to, f"Re: {row.subject}"
    mail["Message-ID"], mail["In-Reply-To"] = f"<re-{row.ref}@example.com>", row.message_id
    mail.set_content(f"{TEXTS[number % len(TEXTS)]}\n\nPriya\n")
    return mail.as_bytes()


async def stopped(here: Ground, replies: Sequence[Reply]) -> list[float]:
    """Return `stopped_after` of each reply, asked once the last was heard: asking takes time that replies need."""
    await _heard_at(here, replies[-1].lead)
    return await few_at_a_time(stopped_after(here, reply) for reply in replies)


async def stopped_after(here: Ground, reply: Reply) -> float:
    """Return the seconds from the POST to the end of the workflow task that heard it, by the server's clock.

    Server and benchmark share this machine's clock. Raises RuntimeError when the journey did not stop at all.
    """
    handle = here.client.get_workflow_handle_for(LeadWorkflow.run, workflow_id(reply.lead))
    heard = await _heard_at(here, reply.lead)
    state = await handle.query(LeadWorkflow.state)
    if any(journey["status"] == "open" for journey in state["journeys"]):
        raise RuntimeError(f"{reply.lead} answered and goes on: {state}")
    return heard - reply.posted


async def _heard_at(here: Ground, lead: str) -> float:
    """Return when the first workflow task after the signal was done (Unix seconds). Raises TimeoutError."""
    handle = here.client.get_workflow_handle(workflow_id(lead))
    async with asyncio.timeout(PATIENCE):
        while True:
            told = False
            for event in (await handle.fetch_history()).events:
                told = told or event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
                if told and event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                    return event.event_time.seconds + event.event_time.nanos / 1e9
            await asyncio.sleep(0.2)


BENCHMARK = Benchmark((NAME,), "How soon a reply stops everything that was planned.", run)
