"""By when the office has to answer a dispute, and why a payment was recorded by mistake."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "a3c58e16f4d2"
down_revision = "c5a81e3f9b27"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    # Those that are open get theirs when Stripe is next asked about them.
    op.add_column("payment", sa.Column("dispute_due_at", sa.DateTime(timezone=True), nullable=True))
    text = sqlmodel.sql.sqltypes.AutoString
    with op.batch_alter_table("payment") as batch_op:
        batch_op.add_column(sa.Column("mistake", text(length=500), nullable=False, server_default=""))
    with op.batch_alter_table("payment") as batch_op:
        batch_op.alter_column("mistake", server_default=None)
