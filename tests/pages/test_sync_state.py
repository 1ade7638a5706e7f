"""The sync page's handlers, called through the gate with real sessions."""

import pytest
from sqlmodel import select

from portal_app import clock, database
from portal_app.models import Activity, CrmConnection, StaffPermission
from portal_app.pages.office.sync.state import SyncState
from portal_app.services import crm_connection, crm_cursors
from portal_app.services.rights import Permission, StaffRole
from tests.pages.tab import Tab, open_tab
from tests.services import people


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    people.make_business()


@pytest.fixture
def connection() -> int:
    with database.transaction() as session:
        return crm_connection.ensure(session, "http://crm.example")


def cookie(role: StaffRole) -> str:
    return people.start_session(people.make_staff(f"{role}@example.com", role))


def requested(connection_id: int) -> bool:
    with database.reading() as session:
        return crm_connection.plan(session, connection_id).requested


def value(tab: Tab, name: str):
    return tab.values[f"sync_state.{name}"]


async def test_it_works(connection):
    async with open_tab(cookie(StaffRole.OWNER)) as tab:
        await tab.call(SyncState.load)
        assert (value(tab, "sync").state, value(tab, "may_poll")) == ("First import", True)
        await tab.call(SyncState.poll_now)
        assert value(tab, "message").startswith("Asked.")
        assert value(tab, "sync").polling
        assert (tab.failures, tab.redirects) == ([], [])
    assert requested(connection)
    with database.reading() as session:
        row = session.exec(select(Activity).where(Activity.kind == "crm.poll_requested")).one()
        assert (row.actor_kind, row.actor_id, row.subject_id) == ("staff", 1, connection)


async def test_the_states_as_they_follow_each_other(connection):
    async with open_tab(cookie(StaffRole.OFFICE)) as tab:
        for change, state in [
            ({"last_success_at": clock.now()}, "Up to date"),
            ({"last_error": "The CRM did not answer."}, "Trouble"),
            ({"state": "stopped"}, "Stopped"),
        ]:
            people.change(CrmConnection, connection, **change)
            await tab.call(SyncState.load)
            assert value(tab, "sync").state == state
        await tab.call(SyncState.poll_now)
        assert value(tab, "sync").state == "Trouble"  # started again, and not yet tried
        people.change(CrmConnection, connection, last_error="")
        with database.transaction() as session:
            crm_cursors.failed(session, connection, "visits", "It broke.")
        await tab.call(SyncState.load)
        assert (value(tab, "sync").state, value(tab, "message")) == ("Partly", "")


async def test_without_a_crm_poll_now_says_what_to_do():
    async with open_tab(cookie(StaffRole.OWNER)) as tab:
        await tab.call(SyncState.load)
        assert not value(tab, "sync").connected
        await tab.call(SyncState.poll_now)
        assert "PORTAL_CRM_URL" in value(tab, "message")
        assert tab.failures == []


async def test_a_reader_sees_the_page_and_cannot_poll(connection):
    async with open_tab(cookie(StaffRole.READER)) as tab:
        await tab.call(SyncState.load)
        assert value(tab, "loaded")
        assert not value(tab, "may_poll")
        await tab.call(SyncState.poll_now)
        assert tab.redirects == ["/"]
        assert not value(tab, "message")
    assert not requested(connection)


async def test_permissions_are_those_of_now(connection):
    async with open_tab(cookie(StaffRole.OFFICE)) as tab:
        await tab.call(SyncState.load)
        with database.transaction() as session:
            session.delete(session.get_one(StaffPermission, (StaffRole.OFFICE, Permission.RUN_SYNC)))
        await tab.call(SyncState.poll_now)
        assert not requested(connection)
        with database.transaction() as session:
            session.delete(session.get_one(StaffPermission, (StaffRole.OFFICE, Permission.VIEW_SYNC)))
        await tab.call(SyncState.load)
        assert tab.redirects == ["/", "/"]


async def test_customers_and_strangers_are_turned_away(connection):
    sarah = people.start_session(people.make_customer("sarah@example.com"))
    for token, away in [(sarah, "/"), ("", "/login?next=/home"), ("x" * 43, "/login?next=/home")]:
        async with open_tab(token) as tab:
            await tab.call(SyncState.load)
            await tab.call(SyncState.poll_now)
            assert set(tab.redirects) == {away}
            assert not tab.values.get("sync_state.loaded")
            assert "crm.example" not in str(tab.values)
    assert not requested(connection)


async def test_arguments_nobody_asked_for_are_refused(connection):
    async with open_tab(cookie(StaffRole.OWNER)) as tab:
        await tab.call(SyncState.poll_now, actor="x")
        await tab.call(SyncState.load, message="x")
        assert not tab.values.get("sync_state.loaded")
    assert not requested(connection)
