"""The library: every version of every sequence that ever ran, by content hash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from nurture.domain.ports import Clock
from nurture.store.database import Database
from nurture.store.schema import sequences
from nurture.store.statements import lock_name, upsert


class StoredLibrary:
    """Implements `nurture.domain.ports.Library` on a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep the documents in `database`."""
        self._database, self._clock = database, clock

    async def keep(self, sequence: str, version: str, document: Mapping[str, Any]) -> None:
        """Store one version; repeating it is harmless. An older version that is kept again becomes the latest."""
        now = self._clock.now()
        latest = await self._database.read(lambda conn: _latest(conn, sequence))
        if latest != version:
            await self._database.write(lambda conn: _keep(conn, sequence, version, document, now))

    async def fetch(self, sequence: str, version: str = "") -> tuple[str, Mapping[str, Any]] | None:
        """Return (version, document) of one version, the latest kept when `version` is "", or None."""
        query = select(sequences.c.version, sequences.c.document).where(sequences.c.sequence == sequence)
        query = query.where(sequences.c.version == version) if version else query.order_by(sequences.c.turn.desc())
        found = await self._database.read(lambda conn: conn.execute(query.limit(1)).first())
        return None if found is None else (found.version, found.document)


def _latest(conn: Connection, sequence: str) -> str | None:
    newest = select(sequences.c.version).where(sequences.c.sequence == sequence).order_by(sequences.c.turn.desc())
    version: str | None = conn.execute(newest.limit(1)).scalar()
    return version


def _keep(conn: Connection, sequence: str, version: str, document: Mapping[str, Any], now: datetime) -> None:
    lock_name(conn, f"library/{sequence}")
    last = conn.execute(select(func.max(sequences.c.turn)).where(sequences.c.sequence == sequence)).scalar() or 0
    values = {"sequence": sequence, "version": version, "document": dict(document), "turn": last + 1, "kept_at": now}
    upsert(conn, sequences, values)
