"""The office's sync page: what it says, and who may press its button."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from portal_app import clock, database
from portal_app.models import CrmConnection, CrmCursor, CrmSetAside, StaffMember
from portal_app.pages.office.sync.state import SyncState
from portal_app.pages.office.sync.views import SyncView, sync_view
from portal_app.services import crm_connection
from portal_app.services.crm_connection import SetAsideRow, StreamOverview, SyncOverview
from portal_app.services.rights import StaffRole
from tests.pages.facts import UK, at
from tests.pages.tab import tabs
from tests.services.people import change, kinds, make_business, make_customer, make_staff, start_session
from tests.services.records import save

STREAM = StreamOverview("service-requests", at(10, 50), False, 200, 3, "", None, "", 0)
FINE = SyncOverview("active", "http://crm.example", at(10, 50), 60, "", False, None, (STREAM,), (), 0)


def view(**fields: Any) -> SyncView:
    return sync_view(replace(FINE, **fields), UK)


@pytest.mark.parametrize(
    ("fields", "state", "tone", "sentence"),
    [
        ({}, "Up to date", "complete", "Everything the CRM has told us is in the portal."),
        ({"last_success_at": None}, "First import", "processing", "The first import is under way"),
        ({"last_error": "The CRM did not answer."}, "Trouble", "overdue", "The CRM did not answer. We keep trying"),
        (
            {"state": "stopped", "last_error": "The CRM refused the token."},
            "Stopped",
            "overdue",
            "The CRM refused the token. Nothing is fetched until you press",
        ),
        ({"streams": (replace(STREAM, error="Half a page"),)}, "Partly", "processing", "Some streams need a look"),
        ({"streams": (replace(STREAM, warning="Too many gone"),)}, "Partly", "processing", "Some streams need a look"),
        ({"state": "none"}, "Not connected", "processing", "No CRM is set up"),
    ],
)
def test_the_connection_is_said_in_a_sentence(fields, state, tone, sentence):
    found = view(**fields)
    assert (found.state, found.tone) == (state, tone)
    assert found.sentence.startswith(sentence)
    assert found.connected == (fields.get("state") != "none")


def test_streams_and_records_set_aside_are_rows():
    row = SetAsideRow("visits", "v-1", "The visit's job is not known.", "<b>{</b>", at(9))
    found = view(
        streams=(replace(STREAM, set_aside=1, walking=True), replace(STREAM, last_success_at=None, error="Wrong")),
        set_aside=(row,),
        set_aside_count=4,
    )
    first, second = found.streams
    assert (first.name, first.read, first.changed, first.set_aside, first.walking) == (
        "Service requests", 200, 3, 1, True,
    )  # fmt: skip
    assert (second.last, second.last_iso, second.problem) == ("never", "", "Wrong")
    assert [(aside.external_id, aside.reason, aside.excerpt) for aside in found.set_aside] == [
        ("v-1", "The visit's job is not known.", "<b>{</b>")
    ]
    assert found.set_aside_more == "and 3 more"
    assert view(set_aside=(row,), set_aside_count=1).set_aside_more == ""
    assert found.last_iso == at(10, 50).isoformat(timespec="seconds")


@pytest.fixture
def connected(database_file) -> int:
    make_business()
    now = clock.now()
    connection_id = save(CrmConnection(name=crm_connection.NAME, base_url="http://crm.example", last_success_at=now))
    save(CrmCursor(connection_id=connection_id, stream="visits", last_success_at=now, rows_read=7, rows_changed=2))
    save(CrmSetAside(connection_id=connection_id, stream="visits", external_id="v-9", reason="It has no job."))
    return connection_id


async def test_it_works(connected):
    async with tabs() as browser:
        tab = browser.open(start_session(make_staff("ruth@example.com")))
        shown = await tab.call(SyncState.load)
        assert (shown["sync"].state, shown["may_poll"], shown["loaded"]) == ("Up to date", True, True)
        assert {row.name: row.read for row in shown["sync"].streams}["Visits"] == 7
        assert [row.reason for row in shown["sync"].set_aside] == ["It has no job."]
        pressed = await tab.call(SyncState.poll_now)
        assert pressed["message"].startswith("Asked.")
        assert pressed["sync"].polling
    assert kinds(lambda kind: kind.startswith("crm.")) == ["crm.poll_requested"]


async def test_customers_and_strangers_see_and_do_nothing(connected):
    sarah = make_customer("sarah@example.com")
    async with tabs() as browser:
        for cookie in ("", start_session(sarah)):
            for handler in (SyncState.load, SyncState.poll_now):
                shown = await browser.open(cookie).call(handler)
                assert not {"sync", "message"} & set(shown)
    assert kinds(lambda kind: kind.startswith("crm.")) == []


async def test_a_reader_sees_and_may_not_press(connected):
    async with tabs() as browser:
        tab = browser.open(start_session(make_staff("leo@example.com", StaffRole.READER)))
        shown = await tab.call(SyncState.load)
        assert (shown["sync"].connected, shown["may_poll"]) == (True, False)
        assert "message" not in await tab.call(SyncState.poll_now)
    assert kinds(lambda kind: kind.startswith("crm.")) == []


async def test_somebody_who_left_the_office_sees_nothing_more(connected):
    ruth = make_staff("ruth@example.com")
    async with tabs() as browser:
        tab = browser.open(start_session(ruth))
        await tab.call(SyncState.load)
        change(StaffMember, 1, disabled_at=clock.now() - timedelta(seconds=1))
        assert "sync" not in await tab.call(SyncState.load)


async def test_without_a_crm_the_page_says_what_to_do(database_file):
    make_business()
    async with tabs() as browser:
        tab = browser.open(start_session(make_staff("ruth@example.com")))
        shown = await tab.call(SyncState.load)
        assert not shown["sync"].connected
        assert "PORTAL_CRM_URL" in shown["sync"].sentence
        assert "No CRM is set up" in (await tab.call(SyncState.poll_now))["message"]


async def test_a_stopped_connection_starts_again_when_asked(connected):
    with database.transaction() as session:
        crm_connection.stop(session, connected, "The CRM refused the token.")
    async with tabs() as browser:
        tab = browser.open(start_session(make_staff("ruth@example.com")))
        assert (await tab.call(SyncState.load))["sync"].state == "Stopped"
        assert (await tab.call(SyncState.poll_now))["sync"].state != "Stopped"
