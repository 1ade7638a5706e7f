"""Words under which the office finds jobs and invoices; those that are here already are written at the next start."""

import sqlalchemy as sa

from alembic import op

revision = "e83b5d1f27c4"
down_revision = "a31f6c0d84e2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    word = sa.String(60).with_variant(sa.String(60, collation="C"), "postgresql")
    op.create_table(
        "record_word",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("word", word, nullable=False),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "word", "age", "record_id", name=op.f("pk_record_word")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_record_word_kind_record_id_word"), "record_word", ["kind", "record_id", "word"])
