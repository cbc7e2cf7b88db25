"""B: Temporal crashes, hangs and is cut off; our own database is locked (E1)."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing

from nurture.chaos.cell import Case, Cell, Strike, Turn
from nurture.chaos.doors import Doors, stop_by_mail
from nurture.chaos.ground import Ground
from nurture.chaos.quiet import until
from nurture.domain.touch import TouchState
from nurture.local.mail_catcher import Mail

PROBE_WITHIN = 30.0
LOCKED, BRIEFLY = 30.0, 12.0
"""Seconds of the lock in the full matrix, and in the CI subset: longer than SQLite waits for it (10 s)."""
ANSWERS_WITHIN = 10.0
BUSY = 503


def crashes(pause: float) -> Strike:
    """Return a strike: SIGKILL for the Temporal server under load, back on the same file after `pause` seconds."""

    async def strike(ground: Ground, case: Case) -> None:
        half = len(case.crowd.leads) // 2
        early, late = case.crowd.part(0, half), case.crowd.part(half, len(case.crowd.leads))
        await ground.enrol(early, case.cell.sequence)

        async def mails_flow() -> bool:
            return any(mail.to in early.addresses for mail in ground.mail.kept)

        case.demand(await until(mails_flow), "nothing was under way when the server crashed")
        letters = [mail for mail in ground.mail.kept if mail.to in early.addresses][:5]
        await ground.temporal.crash()
        began = time.monotonic()
        async with Doors(ground) as doors:
            for letter in letters:
                await stop_by_mail(doors, case, letter)
        await asyncio.sleep(max(0.0, pause - (time.monotonic() - began)))
        await ground.temporal.revive()
        began = time.monotonic()
        await ground.enrol(late.part(0, 1), case.cell.sequence)
        took = time.monotonic() - began
        case.seen["seconds until a workflow ran"] = round(took, 1)
        case.demand(took < PROBE_WITHIN, f"no workflow ran within {PROBE_WITHIN:.0f} s of the start")
        await ground.enrol(late.part(1, len(late.leads)), case.cell.sequence)
        case.seen["seconds until all were enrolled"] = round(time.monotonic() - began, 1)

    return strike


async def locked(ground: Ground, case: Case) -> None:
    """E1: another process holds our database for thirty seconds: nothing is acknowledged that is not stored."""
    await ground.enrol(case.crowd, case.cell.sequence)

    async def first_mails() -> bool:
        return sum(mail.to in case.crowd.addresses for mail in ground.mail.kept) >= len(case.crowd.leads)

    case.demand(await until(first_mails), "the first mails did not arrive")
    letters = {mail.to: mail for mail in ground.mail.kept if mail.to in case.crowd.addresses}
    async with Doors(ground) as doors:
        chosen = list(letters.values())[:6]
        await _knock_while_locked(ground, case, doors, chosen)
        for letter in chosen:
            await stop_by_mail(doors, case, letter)


async def _knock_while_locked(ground: Ground, case: Case, doors: Doors, letters: Sequence[Mail]) -> None:
    path = ground.folder / "nurture.db"
    length = LOCKED if len(case.crowd.leads) > case.cell.leads[0] else BRIEFLY
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)) as other:
        await asyncio.to_thread(other.execute, "BEGIN EXCLUSIVE")
        began = time.monotonic()
        knocks = [asyncio.create_task(doors.one_click(letter)) for letter in letters]
        done, late = await asyncio.wait(knocks, timeout=ANSWERS_WITHIN + 2)
        case.seen["answered while locked"] = sorted(task.result() for task in done)
        case.demand(not late, f"{len(late)} requests had no answer within {ANSWERS_WITHIN:.0f} s")
        said_yes = [task for task in done if task.result() // 100 == 2]
        others = {task.result() for task in done} - {200, BUSY}
        case.demand(not others, f"while the store was locked the web app answered {others}, not 503")
        case.demand(not said_yes, "a stop was acknowledged while it could not be stored")
        await asyncio.sleep(max(0.0, length - (time.monotonic() - began)))
        other.execute("ROLLBACK")
    rows = await ground.house.store.ledger.rows(states=[TouchState.WIRE])  # their answer waits to be written
    case.seen["on the wire meanwhile"] = len(rows)
    for task in late:
        task.cancel()


def cells() -> Iterable[Cell]:
    """Return the cells of this letter."""
    criterion = "lost 0, twice 0, webhooks 2xx meanwhile, a workflow runs within 30 s"
    yield Cell("B1", crashes(3.0), criterion, starred=True, leads=(24, 300))
    yield Cell("B1", crashes(60.0), criterion, "60 s", leads=(24, 300))
    acked = "2xx or 503 within 10 s, nothing acknowledged without a commit, lost 0"
    yield Cell("E1", locked, acked, starred=True, leads=(12, 100), turn=Turn.ALONE)
