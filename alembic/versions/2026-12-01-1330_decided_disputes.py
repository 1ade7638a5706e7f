"""When each dispute of a payment was known to be decided."""

import sqlalchemy as sa

from alembic import op

revision = "d4f1a7b36c05"
down_revision = "b7d90c42e8a1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    op.add_column("payment_reversal", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    # Of payments with an open dispute, only what was given again is known to be decided: Stripe is asked about the
    # others soon.
    op.execute(
        """
        UPDATE payment_reversal SET decided_at = at
        WHERE reason IN ('disputed', 'returned') AND (
            payment_id IN (SELECT id FROM payment WHERE dispute <> 'open')
            OR source_id IN (SELECT source_id FROM payment_reversal WHERE reason = 'dispute_won')
        )
        """
    )
