"""The home page's handlers when something goes wrong: nothing reaches the backend's handler, nothing is lost."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from portal_app import clock, database
from portal_app.gate.middleware import forget_cached_actors
from portal_app.models import Contact, Invoice
from portal_app.pages.dashboard.state import FAILED, DashboardState
from portal_app.services import timeline
from portal_app.services.rights import Right
from tests.pages.tab import Tab, open_tab
from tests.services import people, work
from tests.services.people import Person

ROWS = timeline.PAGE * 2 + 3
NEVER_GIVEN = ["x", "1.2.3", "9" * 16 + ".3." + "9" * 18, "-1.1.1", "\x00", " ", "", "a" * 61]
NO_CURSORS = [None, 7, ["x"], {"x": 1}, True, 1.5]


@pytest.fixture
def sarah(database_file) -> Person:
    """Somebody with twenty-three invoices, who may see them."""
    people.make_business()
    person = people.make_customer("sarah@example.com")
    today = clock.now().date()
    who = person.customer_id or 0
    with database.transaction() as session:
        session.add_all(
            Invoice(customer_id=who, number=f"{n:03}", currency="GBP", issued_on=today - timedelta(days=n // 3))
            for n in range(ROWS)
        )
    return person


def titles(tab: Tab) -> list[str]:
    return [row.title for row in tab.values["dashboard_state.timeline"]]


async def test_it_works(sarah):
    async with open_tab(people.start_session(sarah)) as tab:
        await tab.call(DashboardState.load)
        assert len(titles(tab)) == timeline.PAGE
        assert (tab.failures, tab.redirects) == ([], [])


async def test_presses_at_the_same_moment_add_their_rows_once(sarah):
    async with open_tab(people.start_session(sarah)) as tab:
        await tab.call(DashboardState.load)
        cursor = tab.values["dashboard_state.next_cursor"]
        await asyncio.gather(*(tab.call(DashboardState.show_earlier, cursor=cursor) for _ in range(3)))
        assert len(titles(tab)) == len(set(titles(tab))) == 2 * timeline.PAGE


async def test_made_up_cursors_change_nothing(sarah):
    async with open_tab(people.start_session(sarah)) as tab:
        await tab.call(DashboardState.show_earlier, cursor="1.2.3")
        await tab.call(DashboardState.load)
        before = tab.values
        for cursor in [*NEVER_GIVEN, *NO_CURSORS]:
            await tab.call(DashboardState.show_earlier, cursor=cursor)
        await tab.call(DashboardState.show_earlier)
        await tab.call(DashboardState.show_earlier, cursor=before["dashboard_state.next_cursor"], more=1)
        assert tab.values == before
        assert tab.failures == []


async def test_a_broken_database_is_a_sentence_and_what_was_there_stays(sarah):
    async with open_tab(people.start_session(sarah)) as tab:
        await tab.call(DashboardState.load)
        shown, cursor = titles(tab), tab.values["dashboard_state.next_cursor"]
        with database.transaction() as session:
            session.connection().execute(text("ALTER TABLE quote RENAME TO quote_away"))
        await tab.call(DashboardState.show_earlier, cursor=cursor)
        assert tab.values["dashboard_state.failed"] == FAILED
        await tab.call(DashboardState.load)
        assert tab.values["dashboard_state.failed"] == FAILED
        assert titles(tab) == shown
        with database.transaction() as session:
            session.connection().execute(text("ALTER TABLE quote_away RENAME TO quote"))
        await tab.call(DashboardState.show_earlier, cursor=cursor)
        assert tab.values["dashboard_state.failed"] == ""
        assert len(titles(tab)) == 2 * timeline.PAGE
        assert tab.failures == []


async def test_earlier_rows_obey_the_rights_of_now(sarah):
    async with open_tab(people.start_session(sarah)) as tab:
        await tab.call(DashboardState.load)
        people.change(Contact, sarah.contact_id, rights=[Right.VIEW_JOBS])
        forget_cached_actors()
        await tab.call(DashboardState.show_earlier, cursor=tab.values["dashboard_state.next_cursor"])
        assert len(titles(tab)) == timeline.PAGE
        assert tab.failures == []


async def test_who_may_not_know_of_visits_is_not_told_that_none_is_planned(sarah):
    async with open_tab(people.start_session(sarah)) as tab:
        await tab.call(DashboardState.load)
        assert tab.values["dashboard_state.home"].sees_visits is True
        people.change(Contact, sarah.contact_id, rights=[Right.VIEW_MONEY])
        forget_cached_actors()
        await tab.call(DashboardState.load)
        assert tab.values["dashboard_state.home"].sees_visits is False


async def test_strangers_and_staff_are_sent_where_they_belong(sarah):
    ruth = people.start_session(people.make_staff("ruth@example.com"))
    for cookie, away in [("", "/login?next=/home"), ("x" * 43, "/login?next=/home"), (ruth, "/")]:
        async with open_tab(cookie) as tab:
            await tab.call(DashboardState.load)
            assert tab.redirects == [away]
            assert not tab.values.get("dashboard_state.loaded")


async def test_what_things_cost_the_business_is_in_no_variable(sarah):
    who = sarah.customer_id or 0
    work.advice(work.visit("completed", clock.now(), customer_id=who), customer_id=who)
    work.invoice(100, customer_id=who)
    work.quote(100, customer_id=who)
    async with open_tab(people.start_session(sarah)) as tab:
        await tab.call(DashboardState.load)
        assert "New valve" in str(tab.values)
        assert str(work.COST) not in str(tab.values)
        assert "unit_cost" not in str(tab.values)
