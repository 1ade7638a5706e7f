"""Guests: those who were sent one invoice, their browsers, and what they pay."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "c4d17e2b9f60"
down_revision = "a49bb7038f8f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    op.create_table(
        "link_guest",
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("may_pay", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_link_guest_contact_id")),
        sa.ForeignKeyConstraint(["link_id"], ["secure_link.id"], name=op.f("fk_link_guest_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_guest")),
        sa.UniqueConstraint("link_id", name=op.f("uq_link_guest_link_id")),
    )
    with op.batch_alter_table("link_guest") as batch_op:
        batch_op.create_index(batch_op.f("ix_link_guest_contact_id"), ["contact_id"], unique=False)
    op.create_table(
        "guest_session",
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("network", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("user_agent", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["link_id"], ["secure_link.id"], name=op.f("fk_guest_session_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_session")),
        sa.UniqueConstraint("token_hash", "link_id", name=op.f("uq_guest_session_token_hash_link_id")),
    )
    with op.batch_alter_table("guest_session") as batch_op:
        batch_op.create_index(batch_op.f("ix_guest_session_link_id"), ["link_id"], unique=False)
    with op.batch_alter_table("payment_attempt") as batch_op:
        batch_op.alter_column("contact_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("guest_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_payment_attempt_guest_id"), "link_guest", ["guest_id"], ["id"])
    with op.batch_alter_table("secure_link") as batch_op:
        batch_op.create_index(batch_op.f("ix_secure_link_target_kind_target_id"), ["target_kind", "target_id"])
