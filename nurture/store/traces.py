"""Traces that a deleted row of the ledger leaves: a gap in the numbers, and records that still speak of it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Table, exists, func, select

from nurture.domain.findings import Finding, Promise
from nurture.store.schema import events, experiments, touches

GONE = "is gone from the ledger"
RESTORE = "Restore it from a backup: without the row nothing keeps the touch from going out again"
MOST_SHOWN = 100


def traces_of_missing(conn: Connection) -> Iterator[Finding]:
    """Yield every touch that something else in the store knows of and the ledger does not.

    Cannot be found: on Postgres, a touch that nobody answered and that was in no experiment (its numbers have gaps of
    their own); on SQLite, the very last rows. A journal of the provider (`--against`) finds those as well.
    """
    if conn.dialect.name == "sqlite":
        yield from _gaps(conn)
    for table, what in ((events, "a fact answers it"), (experiments, "an experiment counts it")):
        yield from (Finding(Promise.LEDGER, touch, f"{GONE}: {what}", RESTORE) for touch in _orphans(conn, table))


def _gaps(conn: Connection) -> Iterator[Finding]:
    """Yield each hole in the row numbers: SQLite gives them without one, and we never delete."""
    before = func.lag(touches.c.n, 1, 0).over(order_by=touches.c.n).label("before")
    numbered = select(touches.c.n, touches.c.id, before).subquery()
    holes = select(numbered).where(numbered.c.n > numbered.c.before + 1).order_by(numbered.c.n)
    for row in conn.execute(holes.limit(MOST_SHOWN)):
        first, last = row.before + 1, row.n - 1
        which = f"row {first}" if first == last else f"rows {first} to {last}"
        yield Finding(Promise.LEDGER, "", f"{which} before {row.id}: gone from the ledger", RESTORE)


def _orphans(conn: Connection, table: Table) -> list[str]:
    known = exists().where(touches.c.id == table.c.touch)
    # A fact may answer a rep's note or a hand-off as well; the ids of touches, and only these, are paths.
    query = select(table.c.touch).distinct().where(table.c.touch.contains("/"), ~known).limit(MOST_SHOWN)
    return list(conn.execute(query).scalars())
