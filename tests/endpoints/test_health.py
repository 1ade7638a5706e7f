"""What `/healthz` answers: about the portal itself, and about what it depends on."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from portal_app import __version__, clock, database
from portal_app.endpoints import health as endpoint
from portal_app.models import CrmConnection, Outbox
from portal_app.services import health
from portal_app.settings import get_settings
from tests.conftest import forget_settings
from tests.services import work

SECOND = timedelta(seconds=1)


async def ask() -> tuple[int, dict[str, Any]]:
    """Ask over HTTP; returns the status and what it says."""
    transport = httpx.ASGITransport(Starlette(routes=endpoint.ROUTES))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/healthz")
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()


def connection(**columns: Any) -> None:
    work.add(CrmConnection(**{"name": "crm", "base_url": "http://crm.example", **columns}))


def outbox(age: timedelta, state: str = "pending") -> None:
    now = clock.now()
    work.add(Outbox(kind="mail", subject="x", next_at=now, created_at=now - age, state=state))


async def test_it_works(database_file):
    assert await ask() == (
        200,
        {
            "status": "ok",
            "version": __version__,
            "database": "ok",
            "migration": "ok",
            "crm": {"age_s": None},
            "outbox": {"oldest_s": None},
        },
    )


async def test_a_crm_that_answers_and_an_outbox_that_moves_are_fine(database_file):
    connection(last_success_at=clock.now() - 20 * SECOND)
    outbox(60 * SECOND)
    status, said = await ask()
    assert (status, said["status"]) == (200, "ok")
    assert 20 <= said["crm"]["age_s"] < 40
    assert 60 <= said["outbox"]["oldest_s"] < 80


@pytest.mark.parametrize(
    "columns",
    [
        {"last_success_at": clock.now() - 301 * SECOND},
        {"last_success_at": clock.now() - 10_000 * SECOND},
        {"last_success_at": clock.now(), "state": "stopped"},
        {"last_success_at": None, "created_at": clock.now() - 301 * SECOND},
    ],
)
async def test_a_late_or_stopped_crm_degrades_and_is_no_reason_to_restart(database_file, columns):
    connection(**columns)
    status, said = await ask()
    assert (status, said["status"], said["database"], said["migration"]) == (200, "degraded", "ok", "ok")


async def test_a_first_import_under_way_is_not_late(database_file):
    connection(last_success_at=None)
    assert (await ask())[1]["status"] == "ok"


async def test_how_late_is_late_follows_the_interval(database_file, monkeypatch):
    monkeypatch.setenv("PORTAL_CRM_POLL_SECONDS", "600")
    get_settings.cache_clear()
    connection(last_success_at=clock.now() - 2_900 * SECOND)
    assert (await ask())[1]["status"] == "ok"
    with database.transaction() as session:
        session.get_one(CrmConnection, 1).last_success_at = clock.now() - 3_010 * SECOND
    assert (await ask())[1]["status"] == "degraded"


@pytest.mark.parametrize(
    ("state", "status"), [("pending", "degraded"), ("sending", "degraded"), ("done", "ok"), ("office", "ok")]
)
async def test_an_outbox_that_stands_still_degrades(database_file, state, status):
    outbox(timedelta(seconds=health.OUTBOX_LATE_SECONDS + 1), state)
    code, said = await ask()
    assert (code, said["status"]) == (200, status)


async def test_a_clock_that_was_set_back_gives_no_negative_age(database_file):
    connection(last_success_at=clock.now() + timedelta(hours=1))
    assert (await ask())[1]["crm"]["age_s"] == 0


async def test_a_database_of_another_version_is_503(database_file):
    with database.transaction() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = 'of another version'"))
    code, said = await ask()
    assert (code, said["status"], said["database"], said["migration"]) == (503, "failed", "ok", "behind")


async def test_an_empty_database_is_503(portal_env):
    code, said = await ask()
    assert (code, said["status"], said["migration"]) == (503, "failed", "behind")


async def test_a_file_that_is_no_database_is_503(portal_env):
    (portal_env / "portal.db").write_bytes(b"this is not a database, whatever its name says\n" * 100)
    code, said = await ask()
    assert (code, said["status"], said["database"], said["migration"]) == (503, "failed", "failed", "unknown")
    forget_settings()


async def test_a_file_that_cannot_be_opened_is_503(portal_env):
    (portal_env / "portal.db").mkdir()
    code, said = await ask()
    assert (code, said["status"], said["database"]) == (503, "failed", "failed")


async def test_a_table_that_is_gone_is_503_and_the_answer_names_nothing_of_the_inside(database_file):
    with database.transaction() as session:
        session.connection().execute(text("ALTER TABLE outbox RENAME TO gone"))
    code, said = await ask()
    assert (code, said["database"]) == (503, "failed")
    assert "outbox." not in str(said)
    assert str(database_file) not in str(said)
