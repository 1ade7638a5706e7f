"""Which jobs have a finished visit: the others stand in a history themselves, and are found by an index."""

import sqlalchemy as sa

from alembic import op

revision = "8d21f7c05be4"
down_revision = "c4a83e1b6f09"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    # A column with a constant default is added in place: no table is copied, however long it is.
    op.add_column("job", sa.Column("visited", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        sa.text(
            "UPDATE job SET visited = :yes WHERE EXISTS (SELECT 1 FROM visit WHERE visit.job_id = job.id"
            " AND visit.customer_id = job.customer_id AND visit.status = 'completed' AND visit.deleted_at IS NULL)"
        ).bindparams(sa.bindparam("yes", value=True, type_=sa.Boolean()))
    )
    op.create_index(
        "ix_job_not_visited",
        "job",
        ["customer_id", "opened_at", "id"],
        sqlite_where=sa.text("visited = 0"),
        postgresql_where=sa.text("NOT visited"),
    )
