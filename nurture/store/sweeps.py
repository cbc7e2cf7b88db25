"""Whom the sweeps of segments have asked: so that nobody is asked all day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Column, Connection, Table, Text, select

from nurture.domain.segments import Asked
from nurture.store.columns import Utc
from nurture.store.database import Database
from nurture.store.schema import metadata
from nurture.store.statements import upsert

sweeps = Table(
    "sweeps",
    metadata,
    *(Column(name, Text, primary_key=True) for name in ("sequence", "lead")),
    Column("answer", Text, nullable=False),
    Column("asked_at", Utc, nullable=False),
)


class StoredSweeps:
    """Implements `nurture.domain.segments.Sweeps` on a database."""

    def __init__(self, database: Database) -> None:
        """Keep the answers in `database`."""
        self._database = database

    async def asked(self, sequence: str) -> Mapping[str, Asked]:
        """Return by lead what was answered when the lead was last asked to enter this sequence."""
        query = select(sweeps.c.lead, sweeps.c.asked_at, sweeps.c.answer).where(sweeps.c.sequence == sequence)
        rows = await self._database.read(lambda conn: conn.execute(query).all())
        return {lead: Asked(at, answer) for lead, at, answer in rows}

    async def note(self, sequence: str, answers: Mapping[str, str], now: datetime) -> None:
        """Remember the answers ("" = enrolled) of leads that were asked at `now` (UTC)."""

        def write(conn: Connection) -> None:
            for lead, answer in answers.items():
                upsert(conn, sweeps, {"sequence": sequence, "lead": lead, "answer": answer, "asked_at": now})

        await self._database.write(write)
