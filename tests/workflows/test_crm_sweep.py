"""The nightly sweep of a CRM that does not tell of deletions, and pages that never end."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from portal_app import clock, database
from portal_app.database import transaction
from portal_app.integrations.crm.adapter import Capabilities
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.models import CrmConnection, CrmCursor, CrmSetAside, Customer
from portal_app.services import crm_connection, crm_records
from portal_app.workflows.poll_pass import PassResult, run_pass
from tests.integrations.crm.scripted import Answer, ScriptedServer
from tests.workflows.compare import differences
from tests.workflows.conftest import Portal, connect, rows


class Forgetful(RestAdapter):
    """A CRM that forgets what it deleted."""

    async def capabilities(self) -> Capabilities:
        """Say that deletions are to be found by sweeping."""
        return replace(await super().capabilities(), deletes="sweep")


async def night(portal: Portal) -> PassResult:
    """Run a pass on the morning after the last sweep."""
    with transaction() as session:
        row = crm_connection.get_one(session, portal.connection_id)
        row.last_sweep_at = None if row.last_sweep_at is None else clock.now() - timedelta(days=2)
    adapter = Forgetful(portal.crm.url, portal.crm.token)
    try:
        return await run_pass(portal.connection_id, adapter)
    finally:
        await adapter.close()


def vanish(portal: Portal, stream: str, *keys: str) -> None:
    """Remove records without a trace."""
    with sqlite3.connect(portal.crm.database) as other:
        other.executemany("DELETE FROM records WHERE stream = ? AND external_id = ?", [(stream, key) for key in keys])
    other.close()


def warnings() -> list[str]:
    return [row.warning for row in rows(select(CrmCursor)) if row.warning]


async def test_what_vanished_is_marked(small: Portal) -> None:
    await night(small)
    vanish(small, "invoices", "inv_v000001", "inv_v000002")
    assert (await night(small)).complete
    assert differences(small.crm.store) == []
    assert warnings() == []


async def test_too_many_are_not_believed(small: Portal) -> None:
    await night(small)
    vanish(small, "customers", *(f"cus_v{number:06}" for number in range(30)))
    await night(small)
    assert [warning[:40] for warning in warnings()] == ["The CRM no longer lists 30 of 40 custome"]
    assert all(row.deleted_at is None for row in rows(select(Customer)))


async def test_a_listing_that_does_not_end_changes_nothing(small: Portal) -> None:
    await night(small)
    vanish(small, "invoices", "inv_v000001")
    small.crm.fault(kind="status", status=500, stream="invoices", after=1, method="GET")
    await night(small)
    assert "was not finished" in warnings()[0]
    assert len(differences(small.crm.store)) == 1
    await night(small)
    assert (differences(small.crm.store), warnings()) == ([], [])


async def test_what_was_missed_is_fetched(small: Portal) -> None:
    await night(small)
    old = (clock.now() - timedelta(days=300)).isoformat()
    small.crm.post("customers", external_id="cus_missed", name="Backdated", updated_at=old)
    await night(small)
    assert differences(small.crm.store) == []


async def test_it_runs_once_a_night(small: Portal) -> None:
    await night(small)
    await night(small)
    swept = rows(select(CrmConnection))[0].last_sweep_at
    adapter = Forgetful(small.crm.url, small.crm.token)
    await run_pass(small.connection_id, adapter)
    await adapter.close()
    assert rows(select(CrmConnection))[0].last_sweep_at == swept


CAPABILITIES = {
    "version": 1,
    "streams": ["customers", "technicians"],
    "deletes": "tombstone",
    "time": "2026-11-22T10:00:00Z",
    "limits": {"rps": 200},
}
GOOD = {"data": [{"external_id": "tec_1", "updated_at": "2026-11-20T10:00:00Z", "name": "Dave"}], "next_cursor": None}
ENDLESS: dict[str, Callable[[str], Any]] = {
    "the same cursor": lambda path: {"data": [], "next_cursor": "again"},
    "two in turn": lambda path: {"data": [], "next_cursor": "b" if "cursor=a" in path else "a"},
    "ever new and empty": lambda path: {"data": [], "next_cursor": f"{len(path)}-{path[-300:]}x"},
    "no list": lambda path: {"data": "none", "next_cursor": None},
    "half": lambda path: b'{"data": [{"external_id": "cus_1", "upda',
    "a page of HTML": lambda path: b"<html>Please sign in</html>",
    "a huge cursor": lambda path: {"data": [], "next_cursor": "x" * 3000},
}


@pytest.mark.parametrize("how", list(ENDLESS))
async def test_one_broken_stream_does_not_stop_the_others(
    how: str, database_file: Any, empty_crm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal_app.workflows.poll_pass.MOST_EMPTY_PAGES", 20)

    def answer(path: str) -> Answer:
        if path == "/v1/capabilities":
            return Answer(CAPABILITIES)
        return Answer(GOOD if "technicians" in path else ENDLESS[how](path))

    portal = connect(empty_crm, monkeypatch)
    with ScriptedServer(answer) as server:
        adapter = RestAdapter(server.url, "token")
        result = await run_pass(portal.connection_id, adapter)
        await adapter.close()
    errors = {stream.stream: stream.error for stream in result.streams}
    assert errors["customers"].endswith(".")
    assert errors["technicians"] == ""
    assert not result.complete
    assert not result.failed
    cursors = {row.stream: row for row in rows(select(CrmCursor))}
    assert (cursors["customers"].since, cursors["customers"].page_cursor) == (None, None)
    assert cursors["technicians"].since is not None
    assert rows(select(CrmConnection))[0].last_success_at is None


async def test_a_record_the_database_refuses_spoils_nothing(small: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = crm_records._write

    def choosy(session: Any, reading: Any, stream: Any, ready: Any, stored: Any) -> Any:
        if any(record.external_id == "cus_v000007" for record, _, _ in ready):
            raise ValueError("as a database would")
        return whole(session, reading, stream, ready, stored)

    monkeypatch.setattr(crm_records, "_write", choosy)
    assert (await small.poll()).complete
    monkeypatch.setattr(crm_records, "_write", whole)
    refused = rows(select(CrmSetAside).where(CrmSetAside.external_id == "cus_v000007"))[0]
    assert "the log says why" in refused.reason
    assert len(rows(select(Customer))) == 39
    small.crm.patch("customers", "cus_v000007", name="Tried again")
    await small.poll()
    assert differences(small.crm.store) == []


async def test_an_idle_pass_asks_the_database_no_more_for_more_records(small: Portal) -> None:
    async def statements() -> int:
        await small.poll()
        await small.poll()
        seen: list[str] = []

        def note(_c: Any, _u: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        event.listen(database.get_engine(), "before_cursor_execute", note)
        await small.poll()
        event.remove(database.get_engine(), "before_cursor_execute", note)
        return len(seen)

    few = await statements()
    small.crm.store.put_many(
        "customers",
        [{"external_id": f"old_{n}", "updated_at": f"2024-01-01T00:{n % 60:02}:00Z", "name": "x"} for n in range(800)],
    )
    with transaction() as session:
        session.exec(select(CrmCursor).where(CrmCursor.stream == "customers")).one().since = None
    assert await statements() == few
    assert few < 40
