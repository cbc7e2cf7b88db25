"""E4: somebody edits the ledger past the engine, or takes a row out of it; the audit finds it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from nurture.chaos.cell import Case, Cell
from nurture.chaos.commands import nurture
from nurture.chaos.ground import Ground
from nurture.chaos.quiet import until
from nurture.domain.findings import Promise
from nurture.domain.touch import TouchState
from nurture.store.schema import touches

PROBLEMS = 1
EDITS = {"to": "somebody-else@example.com", "reason": "it never left", "body_hash": "0" * 64, "sender": "two hundred"}
"""What is written over a column of a touch that was sent."""


async def tampered(ground: Ground, case: Case) -> None:
    """E4: each edit of a row, and each row that is gone, is named by `nurture audit`, which exits with 1."""
    await ground.enrol(case.crowd, case.cell.sequence)

    async def first_mails() -> bool:
        return len(await _sent(ground, case)) >= len(case.crowd.leads)

    case.demand(await until(first_mails, 120.0), "the first mails were not sent")
    touch = sorted(await _sent(ground, case))[0]
    case.demand(not await _accused(ground, case), "the audit found something before anything was changed")
    for column, value in EDITS.items():
        async with _edited(ground, touch, column, value):
            await _must_find(ground, case, touch, f"a changed {column}")
    async with _taken_out(ground, touch):
        await _must_find(ground, case, "", "a row that is gone")
    case.demand(not await _accused(ground, case), "the audit found something after all was put back")
    case.seen["edits found"] = len(EDITS) + 1 - len(case.wrong)


async def _sent(ground: Ground, case: Case) -> set[str]:
    rows = await ground.house.store.ledger.rows(states=[TouchState.SENT])
    return {row.touch.id for row in rows if row.touch.lead in set(case.crowd.leads) and row.touch.step == "one"}


async def _must_find(ground: Ground, case: Case, touch: str, what: str) -> None:
    case.demand(touch in await _accused(ground, case), f"the audit did not find {what}")


async def _accused(ground: Ground, case: Case) -> list[str]:
    """Return the touches that the audit says were tampered with; "" stands for a row of which nothing is left."""
    said = await nurture(ground, "audit", "--json", "--against", os.fspath(ground.folder / "mail.jsonl"))
    named = [each["touch"] for each in said.document.get("findings", ()) if _is_tampering(each["promise"], each)]
    case.demand(bool(said.document), f"the audit said nothing: {said}")
    case.demand(not named or said.code == PROBLEMS, f"the audit found tampering and ended with {said.code}")
    return named


def _is_tampering(promise: str, finding: dict[str, str]) -> bool:
    """Whether a finding speaks of an edited row or of one that is gone; the relay's journal knows a message of that."""
    return promise == Promise.LEDGER or "that the ledger does not know" in finding["fact"]


@asynccontextmanager
async def _edited(ground: Ground, touch: str, column: str, value: str) -> AsyncIterator[None]:
    """Write over a column for the length of a `with`."""
    here, cell = touches.c.id == touch, touches.c[column]
    async with _past_the_engine(ground) as conn:
        was = (await conn.execute(select(cell).where(here))).scalar_one()
        await conn.execute(update(touches).where(here).values({cell: value}))
    yield
    async with _past_the_engine(ground) as conn:
        await conn.execute(update(touches).where(here).values({cell: was}))


@asynccontextmanager
async def _taken_out(ground: Ground, touch: str) -> AsyncIterator[None]:
    """Take a row out for the length of a `with`."""
    async with _past_the_engine(ground) as conn:
        row = (await conn.execute(select(touches).where(touches.c.id == touch))).mappings().one()
        await conn.execute(delete(touches).where(touches.c.id == touch))
    yield
    async with _past_the_engine(ground) as conn:
        await conn.execute(insert(touches).values(dict(row)))


@asynccontextmanager
async def _past_the_engine(ground: Ground) -> AsyncIterator[AsyncConnection]:
    """A transaction of somebody who has the database and not the secret."""
    engine = create_async_engine(ground.settings.database_url)
    try:
        async with engine.begin() as conn:
            yield conn
    finally:
        await engine.dispose()


def cells() -> Iterable[Cell]:
    """Return the cell."""
    criterion = "nurture audit names what was changed or taken out, and exits with 1; nothing before and after"
    yield Cell("E4", tampered, criterion, "tampered", leads=(6, 60))
