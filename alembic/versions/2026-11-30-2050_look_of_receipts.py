"""How a receipt looked when it was issued, and the file that was made of it first."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "e94b07a5d1c3"
down_revision = "d2f6b91c7e40"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "paper_look",
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("accent", text(length=7), nullable=False),
        sa.Column("locale", text(length=16), nullable=False),
        sa.Column("country", text(length=2), nullable=False),
        sa.Column("zone", text(length=64), nullable=False),
        sa.Column("footer", text(length=600), nullable=False),
        sa.Column("logo", text(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_look")),
    )
    # Receipts that are there get theirs when they are next made: what they looked like before is not known.
    with op.batch_alter_table("payment") as batch_op:
        batch_op.add_column(sa.Column("receipt_look_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("receipt_hash", text(length=64), nullable=False, server_default=""))
        batch_op.create_foreign_key(op.f("fk_payment_receipt_look_id"), "paper_look", ["receipt_look_id"], ["id"])
    with op.batch_alter_table("payment") as batch_op:
        batch_op.alter_column("receipt_hash", server_default=None)
