"""pictures, words and testers."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "a31f6c0d84e2"
down_revision = "7c1e0a52d9f3"
branch_labels = None
depends_on = None

_NEW = {
    "business": (
        ("hours", sqlmodel.sql.sqltypes.AutoString(length=300), ""),
        ("terms_url", sqlmodel.sql.sqltypes.AutoString(length=500), ""),
        ("terms", sa.Text(), ""),
    ),
    "contact": (("tester", sa.Boolean(), sa.false()),),
}


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    op.create_table(
        "brand_picture",
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("focal_x", sa.Integer(), nullable=False),
        sa.Column("focal_y", sa.Integer(), nullable=False),
        sa.Column("changed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_brand_picture")),
    )
    op.create_table(
        "faq",
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("public_id", sqlmodel.sql.sqltypes.AutoString(length=24), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("question", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq")),
        sa.UniqueConstraint("public_id", name=op.f("uq_faq_public_id")),
    )
    with op.batch_alter_table("faq", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_faq_position"), ["position"], unique=False)
    for table, columns in _NEW.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, kind, default in columns:
                batch_op.add_column(sa.Column(name, kind, nullable=False, server_default=default))
        # The default was for the rows that are there already; from now on the code always gives a value.
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, _, _ in columns:
                batch_op.alter_column(name, server_default=None)
