"""A reference CRM that listens and a portal connected to it."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alembic import command
from portal_app import database
from portal_app.database import reading, transaction
from portal_app.demo.crm import volume
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.services import crm_connection
from portal_app.workflows.poll_pass import PassResult, run_pass
from tests.conftest import DATABASES, forget_settings
from tests.demo.running import RunningCrm
from tests.demo.running_stripe import running_stripe as running_stripe


def rows(statement: Any) -> list[Any]:
    """Return whole rows that outlive the session they were read in."""
    with reading() as session:
        found = list(session.exec(statement))
        session.expunge_all()
        return found


class Portal:
    """The portal's end of the line: runs passes over one CRM."""

    def __init__(self, crm: RunningCrm) -> None:
        self.crm = crm
        with transaction() as session:
            self.connection_id = crm_connection.ensure(session, crm.url)

    async def poll(self) -> PassResult:
        """Run one pass."""
        adapter = RestAdapter(self.crm.url, self.crm.token)
        try:
            return await run_pass(self.connection_id, adapter)
        finally:
            await adapter.close()

    async def poll_until_quiet(self, most: int = 40) -> None:
        """Run passes until one reads every stream; fails after `most`."""
        for _ in range(most):
            if (await self.poll()).complete:
                return
        raise AssertionError(f"No pass of {most} came through.")


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[RunningCrm]:
    """The reference CRM with the demo business."""
    with RunningCrm(tmp_path) as running:
        yield running


@pytest.fixture
def empty_crm(tmp_path: Path) -> Iterator[RunningCrm]:
    """The reference CRM without any record."""
    with RunningCrm(tmp_path, seed=False) as running:
        yield running


def connect(crm: RunningCrm, patch: pytest.MonkeyPatch) -> Portal:
    """Point the portal's settings at a CRM."""
    patch.setenv("PORTAL_CRM_URL", crm.url)
    patch.setenv("PORTAL_CRM_TOKEN", crm.token)
    forget_settings()
    return Portal(crm)


@pytest.fixture
def portal(crm: RunningCrm, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """A portal connected to the demo business's CRM, nothing read yet."""
    return connect(crm, monkeypatch)


@pytest.fixture
def small(empty_crm: RunningCrm, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """A portal connected to a small invented CRM: 40 customers, 120 visits, 80 invoices."""
    volume.fill(empty_crm.store, customers=40, visits=120, invoices=80)
    return connect(empty_crm, monkeypatch)


@pytest.fixture
def bare(empty_crm: RunningCrm, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """A portal connected to an empty CRM."""
    return connect(empty_crm, monkeypatch)


@pytest.fixture(params=DATABASES)
def before(request: pytest.FixtureRequest, portal_env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database of each kind as it was at the module's BEFORE, with nothing in it."""
    if request.param == "postgresql":
        server, name = request.getfixturevalue("postgres"), f"before_{secrets.token_hex(6)}"
        server.sql(f"create database {name}")
        monkeypatch.setenv("PORTAL_DATABASE_URL", server.url(name))
        forget_settings()
    command.upgrade(database._alembic(), request.module.BEFORE)
