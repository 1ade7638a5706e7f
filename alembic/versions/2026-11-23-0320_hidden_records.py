"""Single jobs, quotes and invoices that the office hides from their customer."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "3b90d6a4f1c7"
down_revision = "7e41c9b2a5d8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    # What is there is shown. A bare column is added in place: no table is copied, however long it is.
    for name in ("job", "quote", "invoice"):
        op.add_column(name, sa.Column("hidden_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    hidden = sa.text("hidden_at IS NOT NULL")
    op.create_index("ix_job_hidden", "job", ["customer_id", "id"], sqlite_where=hidden, postgresql_where=hidden)
