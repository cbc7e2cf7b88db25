"""How soon a reply stops a lead while thousands of others are enrolled into another sequence."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx2

from benchmarks.children import Child
from benchmarks.ground import Ground, ground
from benchmarks.rows import Ask, Benchmark, Budget, Row
from benchmarks.stopping import A_SECOND, answer, first_mails, stopped, web_app
from benchmarks.timing import percentile
from nurture.domain.touch import LedgerRow
from nurture.local.process import free_port

NAME = "stopped-p99-beside-bulk"
BUDGET = Budget("value", at_most=2)
SEQUENCE = "bench-four"
"""What the crowd enters."""
UNDER_WAY = 5.0
"""Seconds of the wall clock from the start of the bulk to the first reply: its work is in every queue by then."""


def run(ask: Ask) -> list[Row]:
    """Let leads answer, `A_SECOND` a second: first on their own, then beside a bulk enrolment."""
    return asyncio.run(_run(ask))


async def _run(ask: Ask) -> list[Row]:
    alone = beside = int(A_SECOND * ask.pick(5.0, 2.0, 0.06))
    crowd = ask.pick(2_000, 500, 6)
    port = free_port()
    async with ground(1.0) as here:
        env = {**here.env, "NURTURE_WEB_PORT": str(port)}
        async with Child("benchmarks.hands", ["ours"], env), web_app(env, f"http://127.0.0.1:{port}") as client:
            ask.say(f"{NAME}: {alone + beside} leads get their first mail")
            touches = await first_mails(here, alone + beside)
            ask.say(f"{NAME}: {alone} replies without a bulk")
            before = await _delays(here, touches[:alone], client)
            ask.say(f"{NAME}: {crowd} leads are enrolled at once, beside {beside} replies")
            await here.leads.enrol_many("bench", SEQUENCE, await here.people("crowd", crowd), "benchmark")
            await asyncio.sleep(ask.pick(UNDER_WAY, UNDER_WAY / 2, 0.0))
            first = await _entered(here)
            during = await _delays(here, touches[alone:], client)
            last = await _entered(here)
    return [_row(before, during, crowd, (first, last))]


async def _entered(here: Ground) -> int:
    """Return how many of the crowd are in."""
    return (await here.client.count_workflows(f"Sequence = '{SEQUENCE}'")).count


async def _delays(here: Ground, touches: Sequence[LedgerRow], client: httpx2.AsyncClient) -> list[float]:
    return await stopped(here, await answer(here, touches, client))


def _row(before: Sequence[float], during: Sequence[float], crowd: int, enrolled: tuple[int, int]) -> Row:
    inputs = (
        f"{len(during)} replies, {A_SECOND} a second, beside a bulk enrolment of {crowd} leads into another sequence "
        f"({enrolled[0]} of them were in at the first reply, {enrolled[1]} at the end); "
        f"median {percentile(during, 0.5):.2f} s, slowest {max(during):.2f} s. Baseline: {len(before)} replies "
        f"just before, median {percentile(before, 0.5):.2f} s; one worker, one web app, one dev server on this machine"
    )
    return Row(NAME, percentile(during, 0.99), "s", percentile(before, 0.99), BUDGET, inputs)


BENCHMARK = Benchmark((NAME,), "How soon a reply stops a lead while thousands of others are enrolled.", run)
