"""What customers ask for, what they write for coming visits, and at which property they look."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "5f2c8e71d3a4"
down_revision = "7b1f03d9c2ae"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    op.create_table(
        "service_request",
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("public_id", sqlmodel.sql.sqltypes.AutoString(length=24), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("recommendation_id", sa.Integer(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("preferred_times", sa.JSON(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("external_id", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_service_request_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_service_request_customer_id")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_service_request_job_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_service_request_location_id")),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["recommendation.id"], name=op.f("fk_service_request_recommendation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_service_request_public_id")),
    )
    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_request_recommendation_id"), ["recommendation_id"], unique=True)
        batch_op.create_index(batch_op.f("ix_service_request_customer_id_id"), ["customer_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_request_status_id"), ["status", "id"], unique=False)
    op.create_table(
        "booking_note",
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("public_id", sqlmodel.sql.sqltypes.AutoString(length=24), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_booking_note_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_booking_note_customer_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_booking_note_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_note")),
        sa.UniqueConstraint("public_id", name=op.f("uq_booking_note_public_id")),
    )
    with op.batch_alter_table("booking_note", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_booking_note_location_id_version"), ["location_id", "version"], unique=True
        )
        batch_op.create_index(batch_op.f("ix_booking_note_customer_id"), ["customer_id"], unique=False)
    op.create_table(
        "chosen_property",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_chosen_property_contact_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_chosen_property_location_id")),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_chosen_property")),
    )
