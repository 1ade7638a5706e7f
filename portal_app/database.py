"""The engine and the only place that commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url
from sqlmodel import Session

from alembic import command
from portal_app.settings import ROOT, get_settings

BUSY_SECONDS = 15
# A server that is gone without a word is noticed within a minute, not after the quarter of an hour TCP takes itself:
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_NOTICED = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


def make_engine(url: str) -> Engine:
    """Return an engine for a SQLite or PostgreSQL address, with the pragmas and locks the portal relies on."""
    # Parameters are what people typed: they never belong into an error's text, which is logged.
    if not url.startswith("sqlite"):
        # What the address itself says of these goes before.
        noticed = {name: value for name, value in _NOTICED.items() if name not in make_url(url).query}
        return create_engine(url, pool_pre_ping=True, pool_size=10, hide_parameters=True, connect_args=noticed)
    engine = create_engine(
        url,
        pool_size=10,
        max_overflow=20,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Set the pragmas of one connection and take transaction control from the driver.

    The driver would begin lazily and deferred; see
    https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL", "cache_size=-16000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    """Begin at once for writers, so that a reader never has to be upgraded (which SQLite refuses)."""
    writes = connection.get_execution_options().get("portal_writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@lru_cache(maxsize=1)
def get_engine() -> Engine:
    """Return this process's engine, made on first use (never at import: workers fork)."""
    return make_engine(get_settings().database_url)


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a session that commits when the block ends and rolls back when it raises."""
    with Session(get_engine(), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """Open a session for reading only: one consistent snapshot, no write lock, nothing committed."""
    with (
        get_engine().connect().execution_options(portal_writes=False) as connection,
        Session(bind=connection, expire_on_commit=False, autoflush=False) as session,
    ):
        yield session
        session.rollback()


def _alembic() -> Config:
    config = Config(ROOT / "alembic.ini")
    config.attributes["url"] = str(get_settings().database_url)
    return config


def migrate() -> None:
    """Bring this process's database to the newest revision; safe to repeat."""
    command.upgrade(_alembic(), "head")


def revisions() -> tuple[str | None, str | None]:
    """Return (revision of the database, newest revision of the code); equal when nothing is to be done."""
    newest = ScriptDirectory.from_config(_alembic()).get_current_head()
    with get_engine().connect().execution_options(portal_writes=False) as connection:
        return MigrationContext.configure(connection).get_current_revision(), newest
