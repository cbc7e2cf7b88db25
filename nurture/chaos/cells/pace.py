"""G4: thousands of timers fall due in the same second; senders keep to their caps, and the doors stay open."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from nurture.chaos.cell import Case, Cell
from nurture.chaos.doors import Doors
from nurture.chaos.ground import Ground
from nurture.chaos.letters import due_at
from nurture.chaos.place import DAY
from nurture.chaos.quiet import until
from nurture.domain.touch import LedgerRow

POOL, A_DAY = "paced", 20
"""The pool of the sequence, and the daily cap of each of its senders (senders.yaml)."""
AT_LEAST, ENROLLED_A_SECOND, SENT_A_SECOND = 20, 10, 8
"""Seconds, and fewer people than a machine manages that has something else to do: they bound how long this waits."""
ANSWERS_WITHIN = 1.0
KNOCK_EVERY = 0.05


async def same_second(ground: Ground, case: Case) -> None:
    """G4: everybody is due at one moment; their letters are spread, and the web app answers all the while."""
    wait = AT_LEAST + len(case.crowd.leads) / ENROLLED_A_SECOND
    due = ground.house.clock.now() + timedelta(days=wait / DAY)
    await due_at(ground, case, due)
    await ground.enrol(case.crowd, case.cell.sequence)
    early = (due - ground.house.clock.now()) / timedelta(days=1) * DAY
    case.demand(early > 0, "the moment came before everybody was in")
    await asyncio.sleep(max(0.0, early))
    waits = await _knocked(ground, case)
    case.seen |= {"knocks": len(waits), "p99 of the web app (ms)": round(1000 * waits[len(waits) * 99 // 100])}
    case.demand(waits[len(waits) * 99 // 100] < ANSWERS_WITHIN, f"one knock in a hundred took {waits[-1]:.1f} s")
    case.afterwards.append(lambda: _caps(ground, case))


async def _knocked(ground: Ground, case: Case) -> list[float]:
    """Look at a page of the web app again and again until all letters are out; return the seconds it took, sorted."""
    waits: list[float] = []
    began, patience = time.monotonic(), 30 + len(case.crowd.leads) / SENT_A_SECOND

    async def first_mail() -> bool:
        return any(mail.to in case.crowd.addresses for mail in ground.mail.kept)

    case.demand(await until(first_mail, 60.0), "nothing was sent")
    letter = next(mail for mail in ground.mail.kept if mail.to in case.crowd.addresses)
    async with Doors(ground) as doors:
        while {mail.to for mail in ground.mail.kept} < case.crowd.addresses and time.monotonic() - began < patience:
            knocked = time.monotonic()
            status = await doors.look(letter)
            case.demand(status == 200, f"the web app answered {status}")
            waits.append(time.monotonic() - knocked)
            await asyncio.sleep(KNOCK_EVERY)
    case.seen["seconds until all were out"] = round(time.monotonic() - began, 1)
    return sorted(waits) or [0.0]


async def _caps(ground: Ground, case: Case) -> None:
    """Count from the ledger what each sender sent on each of its own days, and how far apart people were due."""
    rows = [row for row in await ground.house.store.ledger.rows() if row.touch.lead in set(case.crowd.leads)]
    most = max(_by_day(ground, rows).values(), default=0)
    case.seen["most of one sender in a day"] = f"{most} of {A_DAY}"
    case.demand(most <= A_DAY, f"a sender sent {most} in one day, and {A_DAY} are its cap")
    began = {row.intent_at.replace(second=0, microsecond=0) for row in rows if row.intent_at}
    case.seen["different minutes"] = len(began)
    case.demand(len(began) > len(rows) / 2, "the letters were not spread")


def _by_day(ground: Ground, rows: Iterable[LedgerRow]) -> Counter[tuple[str, date]]:
    zones = {sender.id: ZoneInfo(sender.timezone) for sender in ground.house.policies.senders.pools[POOL]}
    return Counter((row.sender, row.wire_at.astimezone(zones[row.sender]).date()) for row in rows if row.wire_at)


def cells() -> Iterable[Cell]:
    """Return the cell."""
    criterion = "no letter lost, no sender over its cap, spread over minutes, p99 of the web app under 1 s"
    yield Cell("G4", same_second, criterion, leads=(60, 2_000), sequence="same-second", touches=1)
