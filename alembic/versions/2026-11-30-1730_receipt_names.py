"""Seller and payer as they were when a receipt was issued."""

import sqlalchemy as sa

from alembic import op

revision = "e17b6c04d3a8"
down_revision = "8d25e0c7a91f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    # Of receipts that are there nothing else is known than what stands in the settings now, so they go on as before.
    op.add_column("payment", sa.Column("receipt_names", sa.JSON(), nullable=True))
