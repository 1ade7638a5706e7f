"""What the CRM said was left of an invoice before it was told of a payment."""

import sqlalchemy as sa

from alembic import op

revision = "c4a17e9d52b6"
down_revision = "3b90d6a4f1c7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    # Nothing is known of what is there: it is booked when its invoice is read back. Added in place, no table is copied.
    op.add_column("allocation", sa.Column("balance_before_minor", sa.BigInteger(), nullable=True))
