"""E2: the disk of our database is full: nothing leaves without its row, nothing is acknowledged, and space heals it."""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from collections.abc import Iterable

from nurture.chaos.cell import Case, Cell
from nurture.chaos.doors import Doors, stop_by_mail
from nurture.chaos.ground import Ground
from nurture.chaos.quiet import until
from nurture.domain.touch import TouchState

FULL_FOR = 12.0
"""Seconds without space: longer than a leap over a slow disk."""
ONE_PAGE = 4_096
"""Bytes that our processes may still write in any file: less than anything that has to be stored."""
LETTERS = 6


async def full(ground: Ground, case: Case) -> None:
    """E2: no process of ours can write further than the first page of a file, as on a disk without space."""
    case.later.append(asyncio.create_task(ground.enrol(case.crowd, case.cell.sequence)))

    async def half_way() -> bool:
        return len({mail.to for mail in ground.mail.kept} & case.crowd.addresses) >= len(case.crowd.leads) // 2

    case.demand(await until(half_way, 90.0), "nothing was under way")
    letters = [mail for mail in ground.mail.kept if mail.to in case.crowd.addresses][:LETTERS]
    _leave(ground, ONE_PAGE)
    try:
        async with Doors(ground) as doors:
            answers = await asyncio.gather(*map(doors.one_click, letters))
        await asyncio.sleep(FULL_FOR)
        rows = await ground.house.store.ledger.rows(states=[TouchState.WIRE])
    finally:
        _leave(ground, resource.RLIM_INFINITY)
    ground.caught |= {row.touch.id for row in rows}  # their answer came, and could not be written
    case.seen |= {"answered without space": dict(Counter(answers)), "on the wire meanwhile": len(rows)}
    case.demand(not any(answer // 100 == 2 for answer in answers), "a stop was acknowledged that could not be stored")
    async with Doors(ground) as doors:
        for letter in letters:
            await stop_by_mail(doors, case, letter)


def _leave(ground: Ground, space: int) -> None:
    """Set how long a file each of our processes may write: the kernel refuses the rest, as it does without space."""
    for part in ground.parts:
        resource.prlimit(part.child.pid, resource.RLIMIT_FSIZE, (space, resource.RLIM_INFINITY))


def cells() -> Iterable[Cell]:
    """Return the cell."""
    criterion = "nothing leaves without its row, nothing is acknowledged without a commit, heals with space"
    yield Cell("E2", full, criterion, leads=(24, 100))
