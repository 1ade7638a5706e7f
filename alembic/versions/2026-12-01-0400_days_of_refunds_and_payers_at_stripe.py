"""When refunds went and came back, what Stripe was told of payers, and the currency of the least part."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "c5a81e3f9b27"
down_revision = "e94b07a5d1c3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    text, moment = sqlmodel.sql.sqltypes.AutoString, sqlmodel.sql.sqltypes.UTCDateTime
    with op.batch_alter_table("refund") as batch_op:
        batch_op.add_column(sa.Column("at", moment(), nullable=True))
        batch_op.add_column(sa.Column("failed_at", moment(), nullable=True))
    # What is in the accountant's books by now stays on its day. What has failed was taken out of them then.
    op.execute("UPDATE refund SET at = created_at")
    with op.batch_alter_table("refund") as batch_op:
        batch_op.alter_column("at", existing_type=moment(), nullable=False)
    with op.batch_alter_table("stripe_customer") as batch_op:
        # What Stripe was told is not known: it is told once more when they next pay.
        batch_op.add_column(sa.Column("email", text(length=254), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("name", text(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("forgotten_at", moment(), nullable=True))
    with op.batch_alter_table("stripe_customer") as batch_op:
        batch_op.alter_column("email", server_default=None)
        batch_op.alter_column("name", server_default=None)
    with op.batch_alter_table("payment_settings") as batch_op:
        batch_op.add_column(sa.Column("least_currency", text(length=3), nullable=False, server_default=""))
    # The office typed it in its own currency.
    op.execute("UPDATE payment_settings SET least_currency = coalesce((SELECT currency FROM business LIMIT 1), '')")
    with op.batch_alter_table("payment_settings") as batch_op:
        batch_op.alter_column("least_currency", server_default=None)
