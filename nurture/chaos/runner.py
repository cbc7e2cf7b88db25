"""Runs cells on one ground: strikes one after another, lets everything come to rest, and has the checker look."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nurture.chaos.cell import Case, Cell, Finding, Turn
from nurture.chaos.checker import check, evidence_of, judge_negative
from nurture.chaos.ground import Ground, Say
from nurture.chaos.quiet import until_quiet

logger = logging.getLogger(__name__)
AT_ONCE = 6
"""Cells that strike side by side, where they do."""
PATIENCE = 330.0
"""Seconds until everything must have come to rest: a lease, the waits between tries and a sweep of the reconciler lie
in it, and that comes every five minutes."""
A_PERSON = 1.5
"""Seconds more for each person: in office hours of a second and a half a day, 300 people need weeks of our time."""


@dataclass(frozen=True)
class Run:
    """How cells are run. `together` strikes them all before it waits: a killed worker's leases run out in parallel."""

    together: bool
    full: bool
    say: Say
    found: Callable[[Finding], None]
    negative: bool = False
    began: float = field(default_factory=time.monotonic)

    def tell(self, cell: Cell, what: str) -> None:
        """Say what a cell does now, and how many seconds into the run."""
        where = " (negative control)" if self.negative else ""
        self.say(f"{time.monotonic() - self.began:4.0f} s  {cell.name}{where}: {what}")


async def run(ground: Ground, cells: Sequence[Cell], how: Run) -> None:
    """Run `cells` and tell `how.found` what was found of each, as soon as it is."""
    if not how.together:
        for cell in cells:
            await _judge(ground, [await _strike(ground, cell, how)], how)
        return
    alone = [await _strike(ground, cell, how) for cell in cells if cell.turn is Turn.ALONE]
    cases = alone + [await _strike(ground, cell, how) for cell in cells if cell.turn is Turn.STRIKES]
    cases += await _beside(ground, [cell for cell in cells if cell.turn is Turn.BESIDE], how)
    await _judge(ground, cases, how)
    last = [await _strike(ground, cell, how) for cell in cells if cell.turn is Turn.LAST]
    await _judge(ground, last, how)


async def _beside(ground: Ground, cells: Sequence[Cell], how: Run) -> list[Case]:
    """Strike several cells at the same time, each at its own people."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(cell: Cell) -> Case:
        async with room:
            return await _strike(ground, cell, how)

    return list(await asyncio.gather(*map(one, cells)))


async def _strike(ground: Ground, cell: Cell, how: Run) -> Case:
    began = time.monotonic()
    how.tell(cell, "strikes")
    crowd = await ground.birth.of(ground.house, cell.name, cell.leads[how.full], texts=cell.texts)
    case = Case(cell, crowd)
    try:
        await cell.strike(ground, case)
    except Exception as failure:
        logger.exception("the strike of %s did not come off", cell.name)
        case.wrong.append(f"the strike did not come off: {type(failure).__name__} {failure}")
    case.seconds = time.monotonic() - began
    return case


async def _judge(ground: Ground, cases: Sequence[Case], how: Run) -> None:
    if not cases:
        return
    ends = time.monotonic() + PATIENCE + A_PERSON * sum(len(case.crowd.leads) for case in cases)
    moving: list[tuple[str, ...]] = []
    for case in cases:
        how.tell(case.cell, "comes to rest")
        began = time.monotonic()
        for outcome in await asyncio.gather(*case.later, return_exceptions=True):
            if isinstance(outcome, BaseException):
                case.wrong.append(f"what went on after the strike failed: {outcome}")
        moving.append(await until_quiet(ground, case.crowd.leads, max(1.0, ends - began)))
        case.seconds += time.monotonic() - began
        for look in case.afterwards:
            await look()
    evidence = await evidence_of(ground.house, ground.folder / "mail.jsonl", ground.folder / "texts.jsonl")
    for case, still in zip(cases, moving, strict=True):
        finding = await check(ground, case, evidence, still)
        how.found(judge_negative(finding) if how.negative else finding)
