"""The tables: people, what they agreed to, what was said to them and what they answered."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from nurture.store.columns import JsonText, Utc

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_NUMBER = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER is SQLite's own growing row number


def _number(name: str = "n") -> Column[int]:
    return Column(name, _NUMBER, primary_key=True, autoincrement=True)


def _words(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _json(name: str, empty: str = "{}") -> Column[object]:
    return Column(name, JsonText, nullable=False, server_default=empty)


leads = Table(
    "leads",
    metadata,
    _number(),
    Column("id", Text, nullable=False, unique=True),
    Column("email", Text, unique=True),  # NULL when unknown: an empty text would be unique only once
    Column("phone", Text, unique=True),
    *(_words(name) for name in ("first_name", "last_name", "company", "language", "country", "region")),
    _json("timezones", "[]"),
    *(_words(name) for name in ("source", "owner")),
    Column("stage", Text, nullable=False, server_default="lead"),
    Column("score", Integer, nullable=False, server_default="0"),
    _json("fields"),
    _words("search"),
    Column("created_at", Utc, nullable=False),
    _json("preferences"),
    Index(None, "stage"),
    Index(None, "owner"),
)

consents = Table(
    "consents",
    metadata,
    _number(),
    *(Column(name, Text, nullable=False) for name in ("lead", "channel", "purpose", "basis")),
    Column("given_at", Utc, nullable=False),
    *(_words(name) for name in ("how", "wording", "wording_hash", "source")),
    Column("expires_at", Utc),
    _words("proof"),
    Column("recorded_at", Utc),
    UniqueConstraint("lead", "channel", "purpose", "basis", "given_at", "how", name="uq_consents_receipt"),
)

suppressions = Table(
    "suppressions",
    metadata,
    _number(),
    *(Column(name, Text, nullable=False) for name in ("lead", "channel", "scope", "why")),
    Column("since", Utc, nullable=False),
    Column("email_hash", Text, index=True),
    Column("phone_hash", Text, index=True),
    UniqueConstraint("lead", "channel", "scope"),
)

sequences = Table(
    "sequences",
    metadata,
    *(Column(name, Text, primary_key=True) for name in ("sequence", "version")),
    _json("document"),
    Column("turn", Integer, nullable=False),
    Column("kept_at", Utc, nullable=False),
    Index(None, "sequence", "turn"),
)

touches = Table(
    "touches",
    metadata,
    _number(),
    Column("id", Text, nullable=False, unique=True),
    Column("ref", Text, nullable=False, unique=True),
    *(Column(name, Text, nullable=False) for name in ("lead", "sequence", "step", "channel")),
    _words("thread"),
    Column("touch", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("wires", Integer, nullable=False, server_default="0"),
    Column("lease_seconds", Float, nullable=False, server_default="0"),
    Column("lease_until", Utc),
    *(_words(name) for name in ("message_id", "body_hash", "sender", "to", "subject")),
    *(Column(name, Utc) for name in ("intent_at", "wire_at", "settled_at")),
    *(_words(name) for name in ("receipt", "code", "reason")),
    _json("references", "[]"),
    _words("seal"),
    Index(None, "lead", "wire_at"),
    Index(None, "state", "n"),
    Index(None, "message_id"),
    Index(None, "receipt"),
    Index("ix_touches_thread", "thread", sqlite_where=text("thread <> ''"), postgresql_where=text("thread <> ''")),
)

events = Table(
    "events",
    metadata,
    _number("seq"),
    Column("id", Text, nullable=False, unique=True),
    *(Column(name, Text, nullable=False) for name in ("kind", "lead")),
    Column("at", Utc, nullable=False),
    *(_words(name) for name in ("name", "touch", "sequence", "step")),
    _json("details"),
    _words("target"),
    Column("silences", Boolean, nullable=False),
    Column("stored_at", Utc, nullable=False),
    Column("told_at", Utc),
    Index(None, "lead", "seq"),
    Index("ix_events_untold", "seq", sqlite_where=text("told_at IS NULL"), postgresql_where=text("told_at IS NULL")),
    Index("ix_events_silencing", "lead", "seq", sqlite_where=text("silences"), postgresql_where=text("silences")),
    sqlite_autoincrement=True,  # a number that was given once never comes back, not even after an erasure
)

tasks = Table(
    "tasks",
    metadata,
    _number(),
    Column("id", Text, nullable=False, unique=True),
    *(Column(name, Text, nullable=False) for name in ("lead", "kind", "title")),
    *(_words(name) for name in ("body", "rep")),
    Column("due_at", Utc),
    Column("status", Text, nullable=False),
    _words("outcome"),
    _json("outcomes", "[]"),
    *(_words(name) for name in ("sequence", "step")),
    Column("created_at", Utc, nullable=False),
    Column("closed_at", Utc),
    _json("details"),
    Index(None, "status", "rep", "due_at"),
    Index(None, "rep", "due_at"),
    Index(None, "lead"),
)

reps = Table(
    "reps",
    metadata,
    Column("id", Text, primary_key=True),
    *(_words(name) for name in ("name", "email", "timezone", "hours", "manager", "cover")),
    *(_json(name, "[]") for name in ("pools", "languages", "territories", "skills", "away")),
    Column("capacity", Integer, nullable=False),
    Column("last_assigned_at", Utc),
)

sender_days = Table(
    "sender_days",
    metadata,
    Column("sender", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("booked", Integer, nullable=False),
    Column("last_at", Utc),
    Column("first_at", Utc),
)

sender_slots = Table(
    "sender_slots",
    metadata,
    Column("touch", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("sender", "pool", "lead")),
    Column("day", Date, nullable=False),
    Column("at", Utc, nullable=False),
    _words("domain"),
    Index(None, "lead", "at"),
    Index(None, "sender", "day", "at"),
)

stage_history = Table(
    "stage_history",
    metadata,
    _number(),
    *(Column(name, Text, nullable=False) for name in ("lead", "was", "stage")),
    *(_words(name) for name in ("reason", "owner")),
    Column("score", Integer, nullable=False),
    Column("at", Utc, nullable=False),
    Index(None, "lead", "n"),
)

experiments = Table(
    "experiments",
    metadata,
    *(Column(name, Text, primary_key=True) for name in ("sequence", "step", "lead")),
    *(Column(name, Text, nullable=False) for name in ("variant", "touch")),
    Column("at", Utc, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("id", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("name", "url")),
    Column("kept_at", Utc, nullable=False),
)

halts = Table(
    "halts",
    metadata,
    Column("key", Text, primary_key=True),
    *(_words(name) for name in ("why", "by")),
    Column("since", Utc, nullable=False),
    Column("until", Utc),
    _words("code"),
)

enrolments = Table(
    "enrolments",
    metadata,
    _number(),
    *(Column(name, Text, nullable=False) for name in ("lead", "sequence", "version")),
    *(_words(name) for name in ("reason", "refused")),
    Column("at", Utc, nullable=False),
    Index(None, "lead", "n"),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("lead", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("kept_at", Utc, nullable=False),
)
