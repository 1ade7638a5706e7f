"""documents."""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "5b8e1f7c2a94"
down_revision = "e83b5d1f27c4"
branch_labels = None
depends_on = None


def _words(length: int) -> sa.types.TypeEngine[str]:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


_NEW = {
    "business": {
        "legal_name": 200,
        "address": 400,
        "tax_number": 60,
        "company_number": 60,
        "payment_terms": 600,
        "paper_footer": 600,
        "bank_account_name": 120,
        "bank_code": 40,
        "bank_account": 40,
        "bank_iban": 42,
        "bank_bic": 11,
    },
    "invoice": {"pdf_hash": 64, "pdf_fetched_of": 64, "pdf_error": 300},
}


def upgrade() -> None:
    """Move the database forward; there is no way back but a backup."""
    for table, columns in _NEW.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, length in columns.items():
                batch_op.add_column(sa.Column(name, _words(length), nullable=False, server_default=""))
        # The default was for the rows that are there already; from now on the code always gives a value.
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in columns:
                batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pdf_fetched_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("pdf_try_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
