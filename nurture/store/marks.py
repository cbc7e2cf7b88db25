"""The mark of how far this store is: one row that moves on only under who compared it with what Temporal keeps."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Connection, Table, Text, func, select, text, update

from nurture.domain.store_mark import StoreMark
from nurture.store.columns import Utc
from nurture.store.database import Database
from nurture.store.schema import events, metadata, touches
from nurture.store.statements import insert_once, lock_name, upsert

store_marks = Table(
    "store_marks",
    metadata,
    Column("key", Text, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in ("beat", "facts", "touches")),
    Column("at", Utc, nullable=False),
)
_ONLY = {"key": "store"}
_MARK = select(*(store_marks.c[name] for name in ("beat", "facts", "touches", "at")))
_REACH = select(select(func.max(events.c.seq)).scalar_subquery(), select(func.max(touches.c.n)).scalar_subquery())
_NUMBERS = {
    "sqlite": (
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'events', 0"
        " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'events')",
        "UPDATE sqlite_sequence SET seq = max(seq, :behind) WHERE name = 'events'",
    ),
    "postgresql": (
        "SELECT setval(name, greatest(nextval(name), :behind))"
        " FROM (SELECT pg_get_serial_sequence('events', 'seq') AS name) AS numbers",
    ),
}


class StoredMarks:
    """Implements `nurture.domain.store_mark.Marks` on a database."""

    def __init__(self, database: Database) -> None:
        """Keep the mark in `database`."""
        self._database = database

    async def read(self) -> tuple[StoreMark, bool]:
        """Return the latest mark, and whether facts or touches came since."""

        def look(conn: Connection) -> tuple[StoreMark, bool]:
            mark = _mark(conn)
            return mark, _reach(conn) != (mark.facts, mark.touches)

        return await self._database.read(look)

    async def move_on(self, after: int, now: datetime) -> StoreMark | None:
        """Set and return the mark that follows number `after`; None when the latest is another one."""
        return await self._database.write(lambda conn: _move_on(conn, after, now))

    async def accept(self, kept: StoreMark, now: datetime) -> StoreMark:
        """Set and return a mark beyond `kept`: from now on this store is the one that counts."""

        def accept(conn: Connection) -> StoreMark:
            lock_name(conn, "store-mark")
            mark = StoreMark(max(kept.beat, _mark(conn).beat) + 1, *_reach(conn), now)
            upsert(conn, store_marks, _ONLY | _columns(mark))
            return mark

        return await self._database.write(accept)

    async def number_behind(self, facts: int) -> None:
        """Give new facts numbers above `facts` from now on: a number that workflows heard never comes back."""

        def skip(conn: Connection) -> None:
            for statement in _NUMBERS[conn.dialect.name]:
                conn.execute(text(statement), {"behind": facts} if ":behind" in statement else {})

        await self._database.write(skip)


def _move_on(conn: Connection, after: int, now: datetime) -> StoreMark | None:
    mark = StoreMark(after + 1, *_reach(conn), now)
    if not after:
        return mark if insert_once(conn, store_marks, _ONLY | _columns(mark)) else None
    moved = conn.execute(update(store_marks).where(store_marks.c.beat == after).values(_columns(mark)))
    return mark if moved.rowcount else None


def _mark(conn: Connection) -> StoreMark:
    row = conn.execute(_MARK).first()
    return StoreMark() if row is None else StoreMark(*row)


def _reach(conn: Connection) -> tuple[int, int]:
    facts, begun = conn.execute(_REACH).one()
    return facts or 0, begun or 0


def _columns(mark: StoreMark) -> dict[str, object]:
    return {"beat": mark.beat, "facts": mark.facts, "touches": mark.touches, "at": mark.at}
