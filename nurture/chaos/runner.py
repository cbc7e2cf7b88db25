"""Runs cells on one ground: strikes one after another, lets everything come to rest, and has the checker look."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nurture.chaos.cell import Case, Cell, Finding
from nurture.chaos.checker import check, evidence_of, judge_negative
from nurture.chaos.ground import Ground, Say
from nurture.chaos.quiet import until_quiet

logger = logging.getLogger(__name__)
PATIENCE = 240.0
"""Seconds until everything must have come to rest: a lease of a minute and the waits between tries lie in it."""


@dataclass(frozen=True)
class Run:
    """How cells are run. `together` strikes them all before it waits: a killed worker's leases run out in parallel."""

    together: bool
    full: bool
    say: Say
    found: Callable[[Finding], None]
    negative: bool = False


async def run(ground: Ground, cells: Sequence[Cell], how: Run) -> list[Finding]:
    """Run `cells` and return what was found of each, in order."""
    findings: list[Finding] = []
    batches = [cells] if how.together else [[cell] for cell in cells]
    for batch in batches:
        cases = [await _strike(ground, cell, how) for cell in batch]
        findings += await _judge(ground, cases, how)
    return findings


async def _strike(ground: Ground, cell: Cell, how: Run) -> Case:
    how.say(f"{cell.name}: strikes{' at the build without a ledger' if how.negative else ''}")
    began = time.monotonic()
    crowd = await ground.birth.of(ground.house, cell.name, cell.leads[how.full], texts=cell.texts)
    case = Case(cell, crowd)
    try:
        await cell.strike(ground, case)
    except Exception as failure:
        logger.exception("the strike of %s did not come off", cell.name)
        case.wrong.append(f"the strike did not come off: {type(failure).__name__} {failure}")
    case.seconds = time.monotonic() - began
    return case


async def _judge(ground: Ground, cases: Sequence[Case], how: Run) -> list[Finding]:
    ends = time.monotonic() + PATIENCE
    moving: list[tuple[str, ...]] = []
    for case in cases:
        how.say(f"{case.cell.name}: comes to rest")
        began = time.monotonic()
        for outcome in await asyncio.gather(*case.later, return_exceptions=True):
            if isinstance(outcome, BaseException):
                case.wrong.append(f"what went on after the strike failed: {outcome}")
        moving.append(await until_quiet(ground, case.crowd.leads, max(1.0, ends - began)))
        case.seconds += time.monotonic() - began
    evidence = await evidence_of(ground)
    findings = []
    for case, still in zip(cases, moving, strict=True):
        finding = await check(ground, case, evidence, still)
        findings.append(judge_negative(finding) if how.negative else finding)
        how.found(findings[-1])
    return findings
