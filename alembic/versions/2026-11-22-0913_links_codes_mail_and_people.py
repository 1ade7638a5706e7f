"""links codes mail and people."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "9aaf942b19cf"
down_revision = "d9aefb22cb18"
branch_labels = None
depends_on = None


def plain(length):
    """Return text that is compared by its characters' numbers on PostgreSQL too."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    op.create_table(
        "mail_settings",
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("preset", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("host", sqlmodel.sql.sqltypes.AutoString(length=253), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("security", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.Column("username", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("password_sealed", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=False),
        sa.Column("from_address", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("last_test_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("last_test_error", sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_settings")),
    )
    op.create_table(
        "customer_word",
        sa.Column("word", plain(60), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_word_customer_id")),
        sa.PrimaryKeyConstraint("word", "customer_id", name=op.f("pk_customer_word")),
    )
    with op.batch_alter_table("customer_word", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_word_customer_id_word"), ["customer_id", "word"], unique=False)

    op.create_table(
        "customer_entry",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("sort_name", plain(200), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_entry_customer_id")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_entry")),
    )
    with op.batch_alter_table("customer_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_customer_entry_sort_name_customer_id"), ["sort_name", "customer_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_customer_entry_state_sort_name_customer_id"),
            ["state", "sort_name", "customer_id"],
            unique=False,
        )

    op.create_table(
        "customer_word_due",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_word_due_customer_id")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_word_due")),
    )
    op.create_table(
        "contact_change",
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("public_id", sqlmodel.sql.sqltypes.AutoString(length=24), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("base", sa.JSON(), nullable=False),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.Column("theirs", sa.JSON(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
        sa.Column("resolved_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("resolved_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_change_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_contact_change_customer_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_contact_change_location_id")),
        sa.ForeignKeyConstraint(["resolved_by"], ["staff_member.id"], name=op.f("fk_contact_change_resolved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_change")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contact_change_public_id")),
    )
    with op.batch_alter_table("contact_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_change_contact_id_state"), ["contact_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_change_customer_id_id"), ["customer_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_change_state_id"), ["state", "id"], unique=False)

    op.create_table(
        "password_link",
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("purpose", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("login_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("used_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("revoked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_password_link_contact_id")),
        sa.ForeignKeyConstraint(["login_id"], ["login.id"], name=op.f("fk_password_link_login_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_link_token_hash")),
    )
    with op.batch_alter_table("password_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_password_link_login_id_used_at"), ["login_id", "used_at"], unique=False)

    op.create_table(
        "secure_link",
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("public_id", sqlmodel.sql.sqltypes.AutoString(length=24), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("target_kind", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=True),
        sa.Column("made_by", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("copied", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("revoked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("last_sent_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("times_sent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_secure_link_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_secure_link_customer_id")),
        sa.ForeignKeyConstraint(["member_id"], ["staff_member.id"], name=op.f("fk_secure_link_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secure_link")),
        sa.UniqueConstraint("public_id", name=op.f("uq_secure_link_public_id")),
    )
    with op.batch_alter_table("secure_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_secure_link_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_secure_link_customer_id_id"), ["customer_id", "id"], unique=False)

    op.create_table(
        "link_open",
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("who", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("pressed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("network", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("user_agent", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_link_open_contact_id")),
        sa.ForeignKeyConstraint(["link_id"], ["secure_link.id"], name=op.f("fk_link_open_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_open")),
    )
    with op.batch_alter_table("link_open", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_open_link_id_id"), ["link_id", "id"], unique=False)

    op.create_table(
        "link_token",
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["secure_link.id"], name=op.f("fk_link_token_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_token_token_hash")),
    )
    with op.batch_alter_table("link_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_token_link_id"), ["link_id"], unique=False)

    op.create_table(
        "one_time_code",
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("purpose", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("login_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("code_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("browser_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("next_path", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("used_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_one_time_code_contact_id")),
        sa.ForeignKeyConstraint(["link_id"], ["secure_link.id"], name=op.f("fk_one_time_code_link_id")),
        sa.ForeignKeyConstraint(["login_id"], ["login.id"], name=op.f("fk_one_time_code_login_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
    )
    with op.batch_alter_table("one_time_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_code_browser_hash_live"), ["browser_hash", "live"], unique=False)
        batch_op.create_index(batch_op.f("ix_one_time_code_email_live"), ["email", "live"], unique=False)
        batch_op.create_index(batch_op.f("ix_one_time_code_expires_at"), ["expires_at"], unique=False)

    with op.batch_alter_table("business", schema=None) as batch_op:
        batch_op.add_column(sa.Column("link_days", sa.Integer(), nullable=False, server_default="14"))

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.add_column(sa.Column("right_locations", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(
            sa.Column("mail_problem", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("mail_problem_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))

    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("link_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_login_session_link_id"), ["link_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_login_session_link_id"), "secure_link", ["link_id"], ["id"])

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sealed", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("customer_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("contact_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("done_by", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_outbox_state_id"), ["state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_customer_id_id"), ["customer_id", "id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_outbox_contact_id"), "contact", ["contact_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_outbox_done_by"), "staff_member", ["done_by"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_outbox_customer_id"), "customer", ["customer_id"], ["id"])

    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_customer_id_opened_at_id"))
        batch_op.create_index(
            batch_op.f("ix_job_customer_id_status_opened_at_id"), ["customer_id", "status", "opened_at", "id"]
        )

    for table in ("invoice", "quote"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f"ix_{table}_job_id"), ["job_id"], unique=False)

    # The defaults were for the rows that are there already; from now on the code always gives a value.
    for table, columns in {
        "business": ["link_days"],
        "contact": ["right_locations", "mail_problem"],
        "outbox": ["sealed"],
    }.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.alter_column(column, server_default=None)
