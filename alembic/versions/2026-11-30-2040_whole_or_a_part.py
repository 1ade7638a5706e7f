"""Whether a try to pay is for all that was left, or for a part that somebody chose."""

import sqlalchemy as sa

from alembic import op

revision = "d2f6b91c7e40"
down_revision = "8d21f7c05be4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    # For which of the two an open page was made is not known. As if for all of it, one that asks for less is shut, and
    # the next press makes another: what is asked for then is what somebody has just been shown.
    with op.batch_alter_table("payment_attempt") as batch_op:
        batch_op.add_column(sa.Column("whole", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("payment_attempt") as batch_op:
        batch_op.alter_column("whole", server_default=None)
