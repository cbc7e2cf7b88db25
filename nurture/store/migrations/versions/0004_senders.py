"""What senders are held to: pauses that end, the log of switches, faults to count, and places by recipient domain."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_HAS_DOMAIN: dict[str, Any] = {
    "sqlite_where": sa.text("domain <> ''"),
    "postgresql_where": sa.text("domain <> ''"),
}


def upgrade() -> None:
    """Add the columns and tables, and count what is known of the past."""
    op.add_column("halts", _moment("until", nullable=True))
    op.add_column("halts", _may("code"))
    op.add_column("sender_days", _moment("first_at", nullable=True))
    op.add_column("sender_slots", _may("domain"))
    op.create_index("ix_sender_slots_domain", "sender_slots", ["sender", "domain", "day"], **_HAS_DOMAIN)
    _log()
    _faults()
    op.execute(
        "UPDATE sender_days SET first_at = (SELECT min(at) FROM sender_slots"
        " WHERE sender_slots.sender = sender_days.sender AND sender_slots.day = sender_days.day)"
    )
    # A silencing bounce is a hard one.
    op.execute(
        "INSERT INTO sender_faults (id, sender, kind, touch, at)"
        " SELECT e.id, t.sender, CASE e.kind WHEN 'bounced' THEN 'bounce' ELSE 'complaint' END, e.touch, e.at"
        " FROM events e JOIN touches t ON t.id = e.touch"
        " WHERE e.kind IN ('bounced', 'complained') AND e.silences AND t.sender <> ''"
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("sender_faults")
    op.drop_table("halt_log")
    op.drop_index("ix_sender_slots_domain", "sender_slots")
    op.drop_column("sender_slots", "domain")
    op.drop_column("sender_days", "first_at")
    op.drop_column("halts", "code")
    op.drop_column("halts", "until")


def _log() -> None:
    op.create_table(
        "halt_log",
        _number(),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "act")),
        *map(_may, ("why", "by", "code")),
        _moment("at"),
        sa.PrimaryKeyConstraint("n", name="pk_halt_log"),
    )
    op.create_index("ix_halt_log_key_n", "halt_log", ["key", "n"])


def _faults() -> None:
    op.create_table(
        "sender_faults",
        _number(),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "sender", "kind")),
        *map(_may, ("code", "touch")),
        _moment("at"),
        sa.PrimaryKeyConstraint("n", name="pk_sender_faults"),
        sa.UniqueConstraint("id", name="uq_sender_faults_id"),
    )
    op.create_index("ix_sender_faults_sender_at", "sender_faults", ["sender", "at"])


def _number() -> Any:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("n", kind, autoincrement=True, nullable=False)


def _may(name: str) -> Any:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def _moment(name: str, *, nullable: bool = False) -> Any:
    return sa.Column(name, sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite"), nullable=nullable)
