"""Runs migrations on the database that the settings (or `-x url=…`) name."""

from sqlmodel import SQLModel

import portal_app.models
from alembic import context
from portal_app.database import make_engine
from portal_app.settings import get_settings


def run() -> None:
    """Migrate inside one transaction; SQLite tables are rebuilt in batch mode where it cannot alter them."""
    url = context.get_x_argument(as_dictionary=True).get("url") or context.config.attributes.get("url")
    engine = make_engine(url or get_settings().database_url)
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            # A table is changed by copying it and dropping the old one, which would be refused while others name it.
            # The pragma does nothing inside a transaction, so it goes to the driver before one begins.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_as_batch=sqlite,
            compare_type=True,
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            if sqlite:
                torn = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                assert torn is None, f"a row of {torn[0]} names one that is not there"
    engine.dispose()


assert portal_app.models.__all__  # importing registers the tables
run()
