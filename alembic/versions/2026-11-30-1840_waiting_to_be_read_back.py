"""What waits to be read back is found without looking at all that was ever paid."""

import sqlalchemy as sa

from alembic import op

revision = "c4a83e1b6f09"
down_revision = "5b90d2f7e4c6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    waiting = sa.text("booked_at IS NULL AND told_at IS NOT NULL")
    op.create_index("ix_allocation_waiting", "allocation", ["told_at"], sqlite_where=waiting, postgresql_where=waiting)
