"""More tables: who switched what, and what counts against a sender."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

from nurture.store.columns import Utc
from nurture.store.schema import metadata, sender_slots

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _words(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


halt_log = Table(
    "halt_log",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    *(Column(name, Text, nullable=False) for name in ("key", "act")),
    *(_words(name) for name in ("why", "by", "code")),
    Column("at", Utc, nullable=False),
    Index(None, "key", "n"),
)

sender_faults = Table(
    "sender_faults",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    *(Column(name, Text, nullable=False) for name in ("sender", "kind")),
    *(_words(name) for name in ("code", "touch")),
    Column("at", Utc, nullable=False),
    Index(None, "sender", "at"),
)

Index(
    "ix_sender_slots_domain",
    sender_slots.c.sender,
    sender_slots.c.domain,
    sender_slots.c.day,
    sqlite_where=text("domain <> ''"),
    postgresql_where=text("domain <> ''"),
)
