"""Read models over the whole store: counts for the funnel, rows for an audit, what nobody knows for sure."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, distinct, func, or_, select

from nurture.domain.touch import LedgerRow, TouchState
from nurture.store.database import Database
from nurture.store.rows import ledger_row
from nurture.store.schema import events, leads, touches
from nurture.store.timeline import Moment, moments

_PAGE = 500


@dataclass(frozen=True, slots=True)
class TouchCount:
    """How many touches of one step on one channel are in one state; `code` says why those were not sent."""

    sequence: str
    step: str
    channel: str
    state: TouchState
    code: str
    count: int


class Reports:
    """Questions of the web app and the command line; each is one consistent snapshot."""

    def __init__(self, database: Database) -> None:
        """Read from `database`."""
        self._database = database

    async def timeline(self, lead: str) -> Sequence[Moment]:
        """Return all that happened with a person, oldest first: touches, facts, tasks and stages on one string."""
        return await self._database.read(lambda conn: moments(conn, lead))

    async def stages(self) -> Mapping[str, int]:
        """Return how many people stand in each stage."""
        query = select(leads.c.stage, func.count()).group_by(leads.c.stage)
        return {stage: count for stage, count in await self._rows(query)}

    async def touch_counts(self, sequence: str = "") -> Sequence[TouchCount]:
        """Return touches counted by sequence, step, channel, state and reason, of one sequence or of all."""
        keys = (touches.c.sequence, touches.c.step, touches.c.channel, touches.c.state, touches.c.code)
        query = select(*keys, func.count()).group_by(*keys).order_by(*keys)
        if sequence:
            query = query.where(touches.c.sequence == sequence)
        rows = await self._rows(query)
        return [TouchCount(name, step, channel, TouchState(state), *rest) for name, step, channel, state, *rest in rows]

    async def event_counts(self) -> Mapping[str, int]:
        """Return how many people there is a fact of each kind about."""
        query = select(events.c.kind, func.count(distinct(events.c.lead))).group_by(events.c.kind)
        return {kind: count for kind, count in await self._rows(query)}

    async def uncertain(self, now: datetime) -> Sequence[LedgerRow]:
        """Return touches nobody knows the end of: uncertain ones, and those on the wire whose worker is gone."""
        lost = and_(touches.c.state == TouchState.WIRE.value, touches.c.lease_until <= now)
        query = select(touches).where(or_(touches.c.state == TouchState.UNCERTAIN.value, lost)).order_by(touches.c.n)
        return [ledger_row(row) for row in await self._rows(query)]

    async def ledger(self) -> AsyncIterator[LedgerRow]:
        """Yield every touch, oldest first, for an audit; memory stays flat."""
        last = 0
        while page := await self._rows(select(touches).where(touches.c.n > last).order_by(touches.c.n).limit(_PAGE)):
            for row in page:
                yield ledger_row(row)
            last = page[-1].n

    async def untold(self) -> int:
        """Return how many facts no workflow has heard yet."""
        query = select(func.count()).select_from(events).where(events.c.told_at.is_(None))
        return int((await self._rows(query))[0][0])

    async def _rows(self, query: Any) -> Sequence[Any]:
        def read(conn: Connection) -> Sequence[Any]:
            return conn.execute(query).all()

        return await self._database.read(read)
