"""Receipts nobody can change: proof beside each consent, withdrawals, erasures, and what people prefer."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_RECEIPTS = ("consents", "withdrawals")
_OPEN = "EXISTS (SELECT 1 FROM erasures WHERE erasures.lead = OLD.lead AND erasures.done_at IS NULL)"
"""Only an erasure that is under way may delete a receipt, and only its own person's."""


def upgrade() -> None:
    """Add the tables and columns, then close the receipts to every UPDATE and DELETE but an erasure's."""
    op.add_column("leads", sa.Column("preferences", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("consents", sa.Column("proof", sa.Text(), nullable=False, server_default=""))
    op.add_column("consents", _moment("recorded_at", nullable=True))
    op.create_table(
        "withdrawals",
        _number(),
        *_texts("lead", "channel", "scope", "kind"),
        _moment("at"),
        *_texts("how", "wording", "touch", empty=""),
        _moment("recorded_at", nullable=True),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_withdrawals")),
        sa.UniqueConstraint("lead", "channel", "scope", "at", "kind", "how", name=op.f("uq_withdrawals_receipt")),
    )
    op.create_table(
        "erasures",
        *_texts("id", "lead"),
        _moment("at"),
        *_texts("by", "reason", empty=""),
        *_texts("removed", "kept", empty="{}"),
        _moment("done_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_lead"), "erasures", ["lead"])
    for table in _RECEIPTS:
        _close(table)


def downgrade() -> None:
    """Open the receipts again and drop what was added."""
    for table in _RECEIPTS:
        _reopen(table)
    op.drop_table("erasures")
    op.drop_table("withdrawals")
    for table, column in (("consents", "recorded_at"), ("consents", "proof"), ("leads", "preferences")):
        with op.batch_alter_table(table) as changed:
            changed.drop_column(column)


def _close(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_stay BEFORE UPDATE ON {table}"
            " BEGIN SELECT RAISE(ABORT, 'a receipt is never changed'); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} WHEN NOT {_OPEN}"
            " BEGIN SELECT RAISE(ABORT, 'a receipt is deleted by an erasure only'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_OP = 'UPDATE' THEN RAISE EXCEPTION 'a receipt is never changed'; END IF;"
        f" IF NOT {_OPEN} THEN RAISE EXCEPTION 'a receipt is deleted by an erasure only'; END IF;"
        " RETURN OLD; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_stay()"
    )


def _reopen(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {table}_stay")
        op.execute(f"DROP TRIGGER {table}_kept")
        return
    op.execute(f"DROP TRIGGER {table}_stay ON {table}")
    op.execute(f"DROP FUNCTION {table}_stay()")


def _number() -> Any:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("n", kind, autoincrement=True, nullable=False)


def _texts(*names: str, empty: str | None = None) -> list[Any]:
    return [sa.Column(name, sa.Text(), nullable=False, server_default=empty) for name in names]


def _moment(name: str, *, nullable: bool = False) -> Any:
    return sa.Column(name, sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite"), nullable=nullable)
