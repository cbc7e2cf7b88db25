"""A seal on each row of the ledger, and a record of who was asked to enter which sequence.

Rows from before have no seal: `nurture audit` says so until somebody vouches for them (`nurture audit --vouch`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table."""
    with op.batch_alter_table("touches") as touches:
        touches.add_column(sa.Column("seal", sa.Text(), nullable=False, server_default=""))
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
    op.create_table(
        "enrolments",
        sa.Column("n", number, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("lead", "sequence", "version")),
        *(sa.Column(name, sa.Text(), nullable=False, server_default="") for name in ("reason", "refused")),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_enrolments"),
    )
    op.create_index("ix_enrolments_lead_n", "enrolments", ["lead", "n"])


def downgrade() -> None:
    """Take both away."""
    op.drop_table("enrolments")
    with op.batch_alter_table("touches") as touches:
        touches.drop_column("seal")
