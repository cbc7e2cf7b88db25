"""G3 at full size: everything is down for three days of our time, then up with thousands of steps overdue."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rich.console import Console

from nurture.chaos.after_outage import aftermath_of, broken_promises
from nurture.chaos.cell import Case, Cell, Turn
from nurture.chaos.checker import evidence_of
from nurture.chaos.crowd import Birth, Crowd
from nurture.chaos.downtime import Downtime, downtime
from nurture.chaos.ground import Ground
from nurture.domain.clock import TimeScale
from nurture.domain.events import Event, EventKind
from nurture.domain.outage import Outage
from nurture.trying.outage_table import outage_table

logger = logging.getLogger(__name__)
LETTER, OFFER, NEWS = "late-letter", "late-offer", "late-news"
THURSDAY = datetime(2026, 3, 5, 6, tzinfo=UTC)
"""When enrolling begins by the cell's clock: nobody is due anything before Saturday."""
STARTS_IN = timedelta(seconds=45)
"""The wall-clock time that the stack has to come up before Thursday morning."""
FRIDAY = datetime(2026, 3, 6, 14, tzinfo=UTC)
"""When everything falls, or as soon after as everybody is in."""
DOWN = timedelta(days=3)
FAST, FASTER = 20.0, 60.0
"""How many times faster nights and weekends go by: nothing may leave in most of them."""
PATIENCE = 1_800.0
"""Seconds until everybody must have come to rest after everything is up again."""
_AT_ONCE = 24


def clock(people: int) -> TimeScale:
    """Return a clock whose working hours are long enough, on the wall, for a crowd of this size."""
    hour = max(4.0, people / 130)
    speeds = tuple(1.0 if 6 <= utc < 17 else FAST for utc in range(24))
    return TimeScale(3_600 / hour, datetime.now(UTC) + STARTS_IN, THURSDAY, speeds, FASTER)


async def three_days_down(ground: Ground, case: Case) -> None:
    """Enrol everybody, a third of them twice; kill everything for three days; look at what leaves when."""
    size = len(case.crowd.leads)
    async with downtime(ground.folder / "outage", clock(size)) as stack:
        crowd = await Birth().of(stack.house, "outage", size)
        await _until(stack, THURSDAY)
        whom = [(lead, LETTER) for lead in crowd.leads]
        whom += [(lead, OFFER) for lead in crowd.leads[::5]] + [(lead, NEWS) for lead in crowd.leads[1::10]]
        case.seen["enrolled in seconds"] = await _enrol(stack, whom)
        await _until(stack, FRIDAY)
        outage = await _down(stack, crowd.leads[2::50])
        case.seen["down"] = f"{outage.begins:%a %d %b %H:%M} to {outage.ends:%a %d %b %H:%M}"
        case.seen["at rest after seconds"] = await _at_rest(stack, case, size)
        await _judge(stack, case, crowd.leads, outage)
    case.seen["people"], case.crowd = size, Crowd(())


async def _enrol(stack: Downtime, whom: Sequence[tuple[str, str]]) -> float:
    began, room = time.monotonic(), asyncio.Semaphore(_AT_ONCE)

    async def one(lead: str, sequence: str) -> None:
        async with room:
            if refusal := await stack.house.enrol(lead, sequence, "chaos"):
                raise RuntimeError(f"{lead} may not enter {sequence}: {refusal}")

    await asyncio.gather(*(one(*each) for each in whom))
    return round(time.monotonic() - began, 1)


async def _down(stack: Downtime, leaving: Sequence[str]) -> Outage:
    """Kill everything for three days. Some opted out in the last moment: that is stored, and nobody heard of it."""
    begins = stack.house.clock.now()
    await stack.falls()
    for lead in leaving:
        no = Event(f"{lead}:no", EventKind.OPTED_OUT, lead, begins, details={"channel": "", "how": "link"})
        await stack.house.store.inbox.record(no)
    logger.warning("G3: everything is down at %s", begins)
    await _until(stack, begins + DOWN)
    ends = stack.house.clock.now()
    logger.warning("G3: everything is started again at %s", ends)
    await stack.rises()
    return Outage(begins, ends)


async def _until(stack: Downtime, at: datetime) -> None:
    """Wait until our clock shows `at` (UTC)."""
    left = stack.house.clock.scale.real_wait(stack.house.clock.now(), at)
    await asyncio.sleep(max(0.0, left.total_seconds()))


async def _at_rest(stack: Downtime, case: Case, size: int) -> float:
    began = time.monotonic()
    while alive := sum((await stack.house.leads.walkers()).values()):
        logger.warning("G3: %s of %s still under way at %s", alive, size, stack.house.clock.now())
        if time.monotonic() - began > PATIENCE:
            case.wrong.append(f"{alive} of {size} people did not come to rest within {PATIENCE:g} seconds")
            break
        await asyncio.sleep(5.0)
    return round(time.monotonic() - began, 1)


async def _judge(stack: Downtime, case: Case, leads: Sequence[str], outage: Outage) -> None:
    """Compare the ledger with what was promised, and show the table of what was sent, put off or skipped."""
    evidence = await evidence_of(stack.house, stack.mails)
    aftermath = await aftermath_of(stack, leads, outage, evidence.marks)
    case.wrong += broken_promises(evidence, outage.ends)
    case.demand(not any(aftermath.broken().values()), f"promises were broken: {aftermath.broken()}")
    unsaid = [place for place in aftermath.overdue if place not in aftermath.fates]
    case.demand(not unsaid, f"{len(unsaid)} overdue steps came to no end, such as {unsaid[:2]}")
    case.demand(len(aftermath.overdue) >= len(leads), f"only {len(aftermath.overdue)} steps fell due in the outage")
    ends = {f"{what} {why}": count for what, why, count in aftermath.ended()}
    case.seen |= {"overdue": len(aftermath.overdue), **ends}
    case.seen |= {f"put off by {rule}": count for rule, count in aftermath.put_off.most_common()}
    case.seen["states"] = dict(Counter(mark.state for mark in evidence.marks))
    Console(stderr=True, width=110).print(outage_table(aftermath))


def cells() -> Iterable[Cell]:
    """Return the cell. Its people live on a stack of its own, so the suite's own crowd gets nothing."""
    criterion = "lost 0, twice 0; windows, caps and one overdue touch a day hold; every overdue step has its end"
    cell = Cell("G3", three_days_down, criterion, "crowd", leads=(300, 3_850), touches=0, exact=False, own_stack=True)
    yield replace(cell, turn=Turn.LAST)
