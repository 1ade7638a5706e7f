"""What of a payment was entered in the CRM by hand, beside the balance before it."""

import sqlalchemy as sa

from alembic import op

revision = "5b90d2f7e4c6"
down_revision = "e17b6c04d3a8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    # What was entered by hand before is known by its balance, which is empty, and waits for nothing as before.
    with op.batch_alter_table("allocation") as batch_op:
        batch_op.add_column(sa.Column("by_hand", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("allocation") as batch_op:
        batch_op.alter_column("by_hand", server_default=None)
