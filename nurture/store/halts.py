"""Kill switches: what nobody may send until a person says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from nurture.domain.errors import Invalid
from nurture.store.database import Database
from nurture.store.schema import halts
from nurture.store.statements import insert_once

KINDS = ("channel", "sequence", "template", "sender")


@dataclass(frozen=True, slots=True)
class Halt:
    """One switch that is off: `all`, or `channel:`, `sequence:`, `template:` or `sender:` with a name."""

    key: str
    why: str
    by: str
    since: datetime


class StoredHalts:
    """The kill switches. The last gate reads them in the transaction of the wire mark, so they work at once."""

    def __init__(self, database: Database) -> None:
        """Keep the switches in `database`."""
        self._database = database

    async def halt(self, key: str, *, why: str, by: str, now: datetime) -> None:
        """Stop everything that matches `key`; the first reason stands. Raises Invalid for a key of no known kind."""
        kind, _, name = key.partition(":")
        if key != "all" and (kind not in KINDS or not name):
            remedy = "Write all, or channel:, sequence:, template: or sender: and a name"
            raise Invalid(f'"{key}" is no switch', remedy=remedy)
        values = {"key": key, "why": why, "by": by, "since": now}
        await self._database.write(lambda conn: insert_once(conn, halts, values))

    async def resume(self, key: str) -> bool:
        """Let go again; return whether it was halted."""

        def lift(conn: Connection) -> bool:
            return bool(conn.execute(delete(halts).where(halts.c.key == key)).rowcount)

        return await self._database.write(lift)

    async def current(self) -> Sequence[Halt]:
        """Return all switches that are off, oldest first."""
        query = select(halts.c.key, halts.c.why, halts.c.by, halts.c.since).order_by(halts.c.since, halts.c.key)
        return await self._database.read(lambda conn: [Halt(*row) for row in conn.execute(query)])
