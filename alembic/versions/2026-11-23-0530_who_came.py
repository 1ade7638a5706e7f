"""Who was to come, or was there, when a visit moved on."""

import sqlalchemy as sa

from alembic import op

revision = "7e2d5b80c9a4"
down_revision = "c4a17e9d52b6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    # Of the steps that are there nobody has written it down. Added in place, no table is copied.
    op.add_column("visit_status_change", sa.Column("technician_ids", sa.JSON(), nullable=True))
