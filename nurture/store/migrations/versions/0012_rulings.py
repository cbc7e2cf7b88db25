"""What the planner decided for each person, with the rule, the facts it looked at, and the clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0006"
branch_labels = None
depends_on = None


_MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "rulings",
        sa.Column("lead", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "rule", "sequence", "step")),
        sa.Column("told", sa.Text, nullable=False, server_default="{}"),
        sa.PrimaryKeyConstraint("lead", "at", "n", name="pk_rulings"),
    )


def downgrade() -> None:
    """Forget what was decided."""
    op.drop_table("rulings")
