"""What Stripe keeps for a dispute."""

import sqlalchemy as sa

from alembic import op

revision = "8d25e0c7a91f"
down_revision = "7e2d5b80c9a4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    # Of disputes that are there already, Stripe is asked every night for as long as they can change.
    op.add_column("payment_reversal", sa.Column("fee_minor", sa.BigInteger(), nullable=True))
    op.add_column("payment_reversal", sa.Column("fee_currency", sa.String(length=3), nullable=True))
