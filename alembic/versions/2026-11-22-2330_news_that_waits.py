"""What Stripe tells in a flood waits for its turn."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "7b1f03d9c2ae"
down_revision = "0d3ded6386e3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    text = sqlmodel.sql.sqltypes.AutoString(length=24)
    with op.batch_alter_table("stripe_event") as batch_op:
        batch_op.add_column(sa.Column("attempt", text, nullable=False, server_default=""))
        batch_op.add_column(sa.Column("due_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.create_index(batch_op.f("ix_stripe_event_due_at"), ["due_at"], unique=False)
    # The default was for the rows that are there already; from now on the code always gives a value.
    with op.batch_alter_table("stripe_event") as batch_op:
        batch_op.alter_column("attempt", server_default=None)
