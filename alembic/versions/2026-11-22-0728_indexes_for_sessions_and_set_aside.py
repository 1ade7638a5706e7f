"""Indexes for ending the sessions of a contact, and for listing what was set aside."""

from alembic import op

revision = "d9aefb22cb18"
down_revision = "c9f5b46228c9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    with op.batch_alter_table("crm_set_aside", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_crm_set_aside_connection_id_id"), ["connection_id", "id"], unique=False)

    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_login_session_contact_id_ended_at"), ["contact_id", "ended_at"], unique=False
        )
