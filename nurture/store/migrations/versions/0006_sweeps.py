"""Whom the sweeps of segments have asked to enter a sequence, and what was answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


_MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sweeps",
        sa.Column("sequence", sa.Text, nullable=False),
        sa.Column("lead", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sequence", "lead", name="pk_sweeps"),
    )


def downgrade() -> None:
    """Forget whom was asked."""
    op.drop_table("sweeps")
