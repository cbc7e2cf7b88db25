"""The first schema.

The types are spelled out here: a migration must keep meaning what it meant on the day it was written.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SENDING = ("sequences", "touches", "events", "sender_days", "sender_slots", "experiments", "links", "halts")
_PEOPLE = ("leads", "consents", "suppressions", "snapshots", "stage_history", "tasks", "reps")


def upgrade() -> None:
    """Make every table with its indexes."""
    _people()
    _agreements()
    _journeys()
    _ledger()
    _inbox()
    _work()
    _capacity()
    _rest()


def downgrade() -> None:
    """Drop every table."""
    for table in (*_SENDING, *_PEOPLE):
        op.drop_table(table)


def _number(name: str = "n") -> Any:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, autoincrement=True, nullable=False)


def _must(*names: str) -> list[Any]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _may(*names: str, empty: str = "") -> list[Any]:
    return [sa.Column(name, sa.Text(), nullable=False, server_default=empty) for name in names]


def _moment(name: str, *, nullable: bool = False) -> Any:
    return sa.Column(name, sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite"), nullable=nullable)


def _day() -> Any:
    return sa.Column("day", sa.Date(), nullable=False)


def _count(name: str) -> Any:
    return sa.Column(name, sa.Integer(), nullable=False)


def _table(name: str, *columns: Any, key: tuple[str, ...] = ("n",), unique: tuple[str, ...] = (), **kw: Any) -> None:
    same = [sa.UniqueConstraint(column, name=f"uq_{name}_{column}") for column in unique]
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"), *same, **kw)


def _index(table: str, *columns: str, name: str = "", where: str = "") -> None:
    some: Any = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)} if where else {}
    op.create_index(name or f"ix_{table}_{'_'.join(columns)}", table, list(columns), **some)


def _people() -> None:
    _table(
        "leads",
        _number(),
        *_must("id"),
        *(sa.Column(name, sa.Text()) for name in ("email", "phone")),
        *_may("first_name", "last_name", "company", "language", "country", "region"),
        *_may("timezones", empty="[]"),
        *_may("source", "owner"),
        *_may("stage", empty="lead"),
        sa.Column("score", sa.Integer(), nullable=False, server_default="0"),
        *_may("fields", empty="{}"),
        *_may("search"),
        _moment("created_at"),
        unique=("id", "email", "phone"),
    )
    _index("leads", "stage")
    _index("leads", "owner")


def _agreements() -> None:
    _table(
        "consents",
        _number(),
        *_must("lead", "channel", "purpose", "basis"),
        _moment("given_at"),
        *_may("how", "wording", "wording_hash", "source"),
        _moment("expires_at", nullable=True),
        sa.UniqueConstraint("lead", "channel", "purpose", "basis", "given_at", "how", name="uq_consents_receipt"),
    )
    _table(
        "suppressions",
        _number(),
        *_must("lead", "channel", "scope", "why"),
        _moment("since"),
        *(sa.Column(name, sa.Text()) for name in ("email_hash", "phone_hash")),
        sa.UniqueConstraint("lead", "channel", "scope", name="uq_suppressions_lead_channel_scope"),
    )
    _index("suppressions", "email_hash")
    _index("suppressions", "phone_hash")


def _journeys() -> None:
    _table("snapshots", *_must("lead", "state"), _moment("kept_at"), key=("lead",))
    _table(
        "stage_history",
        _number(),
        *_must("lead", "was", "stage"),
        *_may("reason", "owner"),
        _count("score"),
        _moment("at"),
    )
    _index("stage_history", "lead", "n")
    _table(
        "sequences",
        *_must("sequence", "version"),
        *_may("document", empty="{}"),
        _count("turn"),
        _moment("kept_at"),
        key=("sequence", "version"),
    )
    _index("sequences", "sequence", "turn")


def _ledger() -> None:
    _table(
        "touches",
        _number(),
        *_must("id", "ref", "lead", "sequence", "step", "channel"),
        *_may("thread"),
        *_must("touch", "state"),
        *(sa.Column(name, sa.Integer(), nullable=False, server_default="0") for name in ("fence", "wires")),
        sa.Column("lease_seconds", sa.Float(), nullable=False, server_default="0"),
        _moment("lease_until", nullable=True),
        *_may("message_id", "body_hash", "sender", "to", "subject"),
        *(_moment(name, nullable=True) for name in ("intent_at", "wire_at", "settled_at")),
        *_may("receipt", "code", "reason"),
        *_may("references", empty="[]"),
        unique=("id", "ref"),
    )
    _index("touches", "lead", "wire_at")
    _index("touches", "state", "n")
    _index("touches", "message_id")
    _index("touches", "receipt")
    _index("touches", "thread", where="thread <> ''")


def _inbox() -> None:
    _table(
        "events",
        _number("seq"),
        *_must("id", "kind", "lead"),
        _moment("at"),
        *_may("name", "touch", "sequence", "step"),
        *_may("details", empty="{}"),
        *_may("target"),
        sa.Column("silences", sa.Boolean(), nullable=False),
        _moment("stored_at"),
        _moment("told_at", nullable=True),
        key=("seq",),
        unique=("id",),
        sqlite_autoincrement=True,
    )
    _index("events", "lead", "seq")
    _index("events", "seq", name="ix_events_untold", where="told_at IS NULL")
    _index("events", "lead", "seq", name="ix_events_silencing", where="silences")


def _work() -> None:
    _table(
        "tasks",
        _number(),
        *_must("id", "lead", "kind", "title"),
        *_may("body", "rep"),
        _moment("due_at", nullable=True),
        *_must("status"),
        *_may("outcome"),
        *_may("outcomes", empty="[]"),
        *_may("sequence", "step"),
        _moment("created_at"),
        _moment("closed_at", nullable=True),
        *_may("details", empty="{}"),
        unique=("id",),
    )
    _index("tasks", "status", "rep", "due_at")
    _index("tasks", "rep", "due_at")
    _index("tasks", "lead")
    _table(
        "reps",
        *_must("id"),
        *_may("name", "email", "timezone", "hours", "manager", "cover"),
        *_may("pools", "languages", "territories", "skills", "away", empty="[]"),
        _count("capacity"),
        _moment("last_assigned_at", nullable=True),
        key=("id",),
    )


def _capacity() -> None:
    _table(
        "sender_days",
        *_must("sender"),
        _day(),
        _count("booked"),
        _moment("last_at", nullable=True),
        key=("sender", "day"),
    )
    _table("sender_slots", *_must("touch", "sender", "pool", "lead"), _day(), _moment("at"), key=("touch",))
    _index("sender_slots", "lead", "at")
    _index("sender_slots", "sender", "day", "at")


def _rest() -> None:
    exposed = _must("sequence", "step", "lead", "variant", "touch")
    _table("experiments", *exposed, _moment("at"), key=("sequence", "step", "lead"))
    _table("links", *_must("id", "name", "url"), _moment("kept_at"), key=("id",))
    _table("halts", *_must("key"), *_may("why", "by"), _moment("since"), key=("key",))
