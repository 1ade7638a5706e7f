"""Photos and documents of customers, and what of them customers see."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0d3ded6386e3"
down_revision = "c4d17e2b9f60"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    op.create_table(
        "visibility",
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("photos", sa.Boolean(), nullable=False),
        sa.Column("documents", sa.Boolean(), nullable=False),
        sa.Column("hold_new", sa.Boolean(), nullable=False),
        sa.Column("photo_download", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visibility")),
    )
    op.create_table(
        "file",
        sa.Column("connection_id", sa.Integer(), nullable=True),
        sa.Column("external_id", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("source_updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("content_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.Column("source_url", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=True),
        sa.Column("deleted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("public_id", sqlmodel.sql.sqltypes.AutoString(length=24), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("origin", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("caption", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("taken_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("sort_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("download", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("content_type", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("said_type", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("said_size", sa.BigInteger(), nullable=False),
        sa.Column("source_of", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("fetch_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("fetch_error", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["staff_member.id"], name=op.f("fk_file_added_by")),
        sa.ForeignKeyConstraint(["connection_id"], ["crm_connection.id"], name=op.f("fk_file_connection_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_file_customer_id")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_file_job_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_file_location_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_file_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
        sa.UniqueConstraint("connection_id", "external_id", name=op.f("uq_file_connection_id_external_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_file_public_id")),
    )
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_file_customer_id_kind_sort_at_id"), ["customer_id", "kind", "sort_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_file_digest"), ["digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_connection_id_fetch_at"), ["connection_id", "fetch_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_job_id"), ["job_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_location_id"), ["location_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_state_id"), ["state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_visit_id"), ["visit_id"], unique=False)

    with op.batch_alter_table("customer", schema=None) as batch_op:
        kind = sqlmodel.sql.sqltypes.AutoString(length=16)
        batch_op.add_column(sa.Column("photo_download", kind, nullable=False, server_default="inherit"))
    # The default was for the rows that are there already; from now on the code always gives a value.
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.alter_column("photo_download", server_default=None)
