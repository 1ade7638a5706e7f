"""Fixtures every test may use: settings of its own and a migrated database."""

import gc
import os
import secrets
import shutil
import signal
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal_app import database, settings
from tests import sharing
from tests.running_postgres import TEMPLATE, RunningPostgres, binaries
from tests.site import Site, running_site
from tests.soaking import SEED, seed

_FOREIGN = [
    name for name in os.environ if name.startswith(("PORTAL_", "STRIPE_")) and not name.startswith("PORTAL_TEST_")
]

# PostgreSQL as well, where it is installed; which it is stands above every test run.
DATABASES = ["sqlite", *(["postgresql"] if binaries() else [])]
ENGINES = sharing.Engines(database.make_engine)


def pytest_configure() -> None:
    """Let Ctrl+C stop what the tests start: a shell takes it from what runs in the background, and that passes on."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the file that takes longest, so that no process of a run is left with it at the end."""
    items.sort(key=lambda item: "test_nothing_twice" not in item.nodeid)


def pytest_collection_finish() -> None:
    """Spare Python to look through all that was imported again and again: it took a tenth of the time of most tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_report_header() -> str:
    """Say on which databases the tests about money run, and what the dice start from."""
    return f"money is tried on: {', '.join(DATABASES)}; dice start from {seed()} ({SEED} changes that)"


def forget_settings() -> None:
    """Make the next use read settings and open the database anew."""
    if database.get_engine.cache_info().currsize:
        database.get_engine().dispose()
    ENGINES.free()
    database.get_engine.cache_clear()
    settings.get_settings.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def shared() -> Iterator[None]:
    """Have once what tests would make anew each time, to the same end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", sharing.context)
        patch.setattr(database, "make_engine", ENGINES)
        yield


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every migration applied and no rows; copied by each test that needs one."""
    folder = tmp_path_factory.mktemp("migrated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTAL_DATA_DIR", str(folder))
        forget_settings()
        database.migrate()
        forget_settings()
    return folder / "portal.db"


@pytest.fixture
def portal_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The settings of one test: a data directory of its own and nothing from outside. Gives the directory."""
    for name in _FOREIGN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir(mode=0o700)
    forget_settings()
    yield tmp_path / "data"
    forget_settings()


@pytest.fixture
def database_file(portal_env: Path, migrated_file: Path) -> Path:
    """A migrated, empty database that `transaction()` and `reading()` use in this test."""
    return Path(shutil.copy(migrated_file, portal_env / "portal.db"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[RunningPostgres]:
    """A PostgreSQL server with a migrated, empty database to copy."""
    with RunningPostgres() as server:
        server.sql(f"create database {TEMPLATE}")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PORTAL_DATABASE_URL", server.url(TEMPLATE))
            forget_settings()
            database.migrate()
        forget_settings()
        yield server


@pytest.fixture(params=DATABASES)
def each_database(request: pytest.FixtureRequest, portal_env: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A migrated, empty database of each kind that `transaction()` and `reading()` use; gives which it is."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), portal_env / "portal.db")
        yield request.param
        return
    server, name = request.getfixturevalue("postgres"), f"test_{secrets.token_hex(6)}"
    server.sql(f"create database {name} template {TEMPLATE}")
    monkeypatch.setenv("PORTAL_DATABASE_URL", server.url(name))
    forget_settings()
    yield request.param
    forget_settings()
    server.sql(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo business, running; shared by the tests that only look, or put back what they change."""
    with running_site(tmp_path_factory.mktemp("site")) as running:
        yield running
