"""When the office said what became of a debit that Stripe could not be asked about."""

import sqlalchemy as sa

from alembic import op

revision = "b7d90c42e8a1"
down_revision = "a3c58e16f4d2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    # What was said before this stays as it was said.
    op.add_column("payment_attempt", sa.Column("said_at", sa.DateTime(timezone=True), nullable=True))
