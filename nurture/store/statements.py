"""Statements that the two databases say differently: inserts that may meet a twin, and locks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from nurture.store.schema import leads

_LOCK_LEAD = select(leads.c.email, leads.c.phone).where(leads.c.id == bindparam("lead")).with_for_update()


def insert(conn: Connection, table: Table) -> Any:
    """Return an INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return sqlite.insert(table) if conn.dialect.name == "sqlite" else postgresql.insert(table)


def insert_once(conn: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert one row unless its twin is there; return whether it was new."""
    return bool(conn.execute(insert(conn, table).on_conflict_do_nothing(), dict(values)).rowcount)


def upsert(conn: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert one row, or overwrite the one with the same primary key."""
    statement = insert(conn, table).values(**values)
    keys = [column.name for column in table.primary_key]
    fresh = {name: statement.excluded[name] for name in values if name not in keys}
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh))


def lock_lead(conn: Connection, lead: str) -> tuple[str | None, str | None] | None:
    """Let nobody else decide about this person until we commit; return (email, phone), None for a stranger.

    On SQLite the whole file is ours already.
    """
    row = conn.execute(_LOCK_LEAD, {"lead": lead}).first()
    return None if row is None else (row.email, row.phone)


def lock_name(conn: Connection, name: str) -> None:
    """Take a lock by name until we commit. On SQLite the whole file is ours already."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
