"""Customers' words in the order in which a search shows them; all are written anew."""

import sqlalchemy as sa

from alembic import op

revision = "4b1f0c7d92ae"
down_revision = "4b7d10c2e6a9"
branch_labels = None
depends_on = None


def plain(length):
    """Return text that is compared by its characters' numbers on PostgreSQL too."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    op.drop_table("customer_word")
    op.create_table(
        "customer_word",
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("word", plain(60), nullable=False),
        sa.Column("sort_name", plain(200), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("shared", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_word_customer_id")),
        sa.PrimaryKeyConstraint("leads", "word", "sort_name", "customer_id", name=op.f("pk_customer_word")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_customer_word_customer_id_word"), "customer_word", ["customer_id", "word"])
    op.execute(
        "INSERT INTO customer_word_due (customer_id) SELECT id FROM customer WHERE deleted_at IS NULL "
        "AND id NOT IN (SELECT customer_id FROM customer_word_due)"
    )
