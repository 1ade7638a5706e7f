"""brand colours."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "7c1e0a52d9f3"
down_revision = "4b1f0c7d92ae"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    colours = ("accent", "accent_2")
    with op.batch_alter_table("business", schema=None) as batch_op:
        for name in colours:
            text = sqlmodel.sql.sqltypes.AutoString(length=7)
            batch_op.add_column(sa.Column(name, text, nullable=False, server_default=""))
    # The default was for the row that is there already; from now on the code always gives a value.
    with op.batch_alter_table("business", schema=None) as batch_op:
        for name in colours:
            batch_op.alter_column(name, server_default=None)
