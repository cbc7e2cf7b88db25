"""G: clocks that jump, and everything down for three days."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from nurture.chaos import nemesis
from nurture.chaos.cell import Case, Cell, Strike, Turn
from nurture.chaos.ground import Ground
from nurture.chaos.place import DAY
from nurture.chaos.quiet import until

A_DAY = 86_400.0
HOURS = "office-mails"
LONGEST_HISTORY = 600
"""Events: three touches take about forty. More means that somebody asked again and again."""


def jumps(days: float) -> Strike:
    """Return a strike: one worker's clock jumps by so many days while people are under way, and later back."""

    async def strike(ground: Ground, case: Case) -> None:
        await ground.enrol(case.crowd, case.cell.sequence)
        case.door = await ground.victim()
        ground.workers[case.door].order(nemesis.OFFSET, days * A_DAY)
        await asyncio.sleep(2 * DAY)
        ground.workers[case.door].recall(nemesis.OFFSET)

        async def short_lives() -> None:
            lengths = await ground.house.leads.history_lengths()
            longest = max(lengths.get(lead, 0) for lead in case.crowd.leads)
            case.seen["longest history"] = longest
            case.demand(0 < longest < LONGEST_HISTORY, f"a history has {longest} events, and about 40 are needed")

        case.afterwards.append(short_lives)

    return strike


async def three_days_down(ground: Ground, case: Case) -> None:
    """G3: everything stops for three of our days with touches due in each of them, then comes back at once."""
    await ground.enrol(case.crowd, case.cell.sequence)

    async def first_mails() -> bool:
        return sum(mail.to in case.crowd.addresses for mail in ground.mail.kept) >= len(case.crowd.leads)

    case.demand(await until(first_mails), "the first mails did not arrive")
    began = ground.house.clock.now()
    parts = [*ground.workers.values(), ground.web]
    for part in parts:
        await part.child.stop(10.0)
    await ground.temporal.crash()
    await asyncio.sleep(3 * DAY)
    await ground.temporal.revive()
    for part in parts:
        await part.child.start()
    await ground.ready()
    ended = ground.house.clock.now()
    case.seen["days down"] = round((ended - began).total_seconds() / A_DAY, 1)
    rows = [row for lead in case.crowd.leads for row in await ground.house.store.ledger.rows(lead=lead)]
    case.seen["before"] = dict(Counter(str(row.state) for row in rows))
    case.seen["overdue people"] = len(case.crowd.leads)


def cells() -> Iterable[Cell]:
    """Return the cells of this letter."""
    criterion = "outside 0, twice 0, no history of endless asking"
    jump = Cell("G1", jumps(1.0), criterion, one_clock=False, leads=(12, 100), sequence=HOURS, turn=Turn.LAST)
    for variant, days, starred in (("ahead", 1.0, True), ("back", -1.0, True), ("a year", 365.0, False)):
        yield replace(jump, strike=jumps(days), variant=variant, starred=starred)
    caps = "at most one touch a person and day; windows and caps hold"
    yield Cell("G3", three_days_down, caps, starred=True, leads=(16, 300), sequence=HOURS, turn=Turn.LAST)
