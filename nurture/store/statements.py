"""Statements that the two databases say differently: inserts that may meet a twin, lists as parameters, and locks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Dialect, Select, Table, Text, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.dml import Insert, Update

from nurture.store.columns import Utc
from nurture.store.schema import leads

_LOCK_LEAD = select(leads.c.email, leads.c.phone).where(leads.c.id == bindparam("lead")).with_for_update()


def insert(conn: Connection, table: Table) -> Any:
    """Return an INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return sqlite.insert(table) if conn.dialect.name == "sqlite" else postgresql.insert(table)


def write_rows(conn: Connection, statement: Insert | Update, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement for many rows past SQLAlchemy's parameters: handling them took half the time of an import.

    A row holds what the driver takes, in the order of the statement's parameters.
    """
    if rows:
        conn.exec_driver_sql(_text(statement, conn.dialect), rows)


@lru_cache
def insert_rows(dialect: str, table: Table) -> Insert:
    """Return an INSERT for `write_rows` of all columns but the row number; rows that have a twin change nothing."""
    columns: dict[str, Any] = {column.name: bindparam(column.name) for column in table.c if not column.primary_key}
    made = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    return made.values(columns).on_conflict_do_nothing().inline()


def moments(conn: Connection) -> Callable[[datetime], Any]:
    """Return what turns a moment into what the driver takes, with a memory: most rows share theirs."""
    return lru_cache(maxsize=1_000)(partial(Utc().process_bind_param, dialect=conn.dialect))


def insert_once(conn: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert one row unless its twin is there; return whether it was new."""
    return bool(conn.execute(_once(conn.dialect.name, table), dict(values)).rowcount)


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


def lock_leads(conn: Connection, whom: Iterable[str]) -> dict[str, tuple[str | None, str | None]]:
    """Lock many people as `lock_lead` does, in the one order that everybody takes; return id -> (email, phone)."""
    found = conn.execute(_lock_leads(conn.dialect.name), {"leads": many(conn, whom)})
    return {row.id: (row.email, row.phone) for row in found}


def many(conn: Connection, values: Iterable[str]) -> Any:
    """Return many texts as the one parameter that `is_among` expects."""
    return json.dumps(list(values)) if conn.dialect.name == "sqlite" else list(values)


def is_among(dialect: str, column: Column[Any], name: str) -> ColumnElement[bool]:
    """Return the condition that `column` is one of `many` texts: one parameter, called `name`, is the whole list."""
    if dialect == "sqlite":
        return column.in_(select(func.json_each(bindparam(name, type_=Text)).table_valued("value").c.value))
    return column == any_(bindparam(name, type_=ARRAY(Text)))


@lru_cache
def _once(dialect: str, table: Table) -> Insert:
    """Return an INSERT that a twin leaves undone; made once, because making one costs as much as running it."""
    made = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    return made.on_conflict_do_nothing()


@lru_cache(maxsize=32)
def _text(statement: Insert | Update, dialect: Dialect) -> str:
    return str(statement.compile(dialect=dialect))


@lru_cache
def _lock_leads(dialect: str) -> Select[Any]:
    people = select(leads.c.id, leads.c.email, leads.c.phone).where(is_among(dialect, leads.c.id, "leads"))
    return people.order_by(leads.c.n).with_for_update()


def lock_name(conn: Connection, name: str) -> None:
    """Take a lock by name until we commit. On SQLite the whole file is ours already."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
