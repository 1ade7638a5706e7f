"""Which details customers see: prices of single lines, who comes, and what stands in a job."""

import sqlalchemy as sa

from alembic import op

revision = "7e41c9b2a5d8"
down_revision = "5f2c8e71d3a4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    with op.batch_alter_table("visibility") as table:
        for name in ("line_prices", "technicians", "descriptions"):
            table.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true()))
    # What was there before is shown; from now on each row says it itself.
    with op.batch_alter_table("visibility") as table:
        for name in ("line_prices", "technicians", "descriptions"):
            table.alter_column(name, server_default=None, existing_type=sa.Boolean(), existing_nullable=False)
