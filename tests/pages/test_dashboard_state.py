"""The home page's state as a client meets it: through the gate, by events."""

from datetime import UTC, datetime, time, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from portal_app import clock, database
from portal_app.gate.middleware import forget_cached_actors
from portal_app.models import Contact, Invoice
from portal_app.pages.dashboard.state import DashboardState
from portal_app.pages.dashboard.views import HomeView
from portal_app.services.rights import Role
from tests.pages.tab import tabs
from tests.services.people import actor_of, change, make_business, make_customer, make_staff, start_session
from tests.services.records import add_connection, add_invoice, add_technician, add_visit


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    make_business()


def invoices(customer_id: int | None, count: int, word: str = "") -> None:
    today = clock.today("Europe/London")
    for number in range(count):
        day = today - timedelta(days=3 + number)
        add_invoice(customer_id or 0, f"{word}{number}", issued_on=day, due_on=today + timedelta(days=9))


async def test_it_works():
    sarah = make_customer("sarah@example.com")
    start = clock.now()
    add_visit(
        sarah.customer_id or 0, status="on_the_way", start=start, on_the_way_at=start, technicians=(add_technician(),)
    )
    invoices(sarah.customer_id, 1)
    add_connection(clock.now())
    async with tabs() as browser:
        shown = await browser.open(start_session(sarah)).call(DashboardState.load)
    assert shown["loaded"] is True
    assert shown["home"].greeting.endswith(", sarah")
    assert shown["home"].card.headline == "Dave is on the way"
    assert shown["home"].owed.amounts == ["£240.00"]
    assert shown["home"].as_of
    assert [row.title for row in shown["timeline"]] == ["Annual boiler service", "Invoice 0"]


async def test_strangers_and_staff_get_nothing():
    sarah, ruth = make_customer("sarah@example.com"), make_staff("ruth@example.com")
    invoices(sarah.customer_id, 1)
    async with tabs() as browser:
        for cookie in ("", "x" * 43, start_session(ruth)):
            shown = await browser.open(cookie).call(DashboardState.load)
            assert not {"home", "timeline", "loaded"} & set(shown)


async def test_neither_customer_sees_the_other_nor_takes_over_a_tab():
    sarah, noor = make_customer("sarah@example.com"), make_customer("noor@example.com")
    invoices(sarah.customer_id, 12, "Sarah-")
    invoices(noor.customer_id, 12, "Noor-")
    async with tabs() as browser:
        mine = browser.open(start_session(sarah))
        shown = await mine.call(DashboardState.load)
        assert "Noor" not in repr(shown)
        stolen = browser.same(mine, start_session(noor))
        assert not set(await stolen.call(DashboardState.show_earlier, cursor=shown["next_cursor"]))
        assert "Sarah" not in repr(await stolen.call(DashboardState.load))


async def test_earlier_rows_are_added_once():
    sarah = make_customer("sarah@example.com")
    invoices(sarah.customer_id, 25)
    async with tabs() as browser:
        tab = browser.open(start_session(sarah))
        cursor = (await tab.call(DashboardState.load))["next_cursor"]
        shown = await tab.call(DashboardState.show_earlier, cursor=cursor)
        assert [row.title for row in shown["timeline"]] == [f"Invoice {number}" for number in range(20)]
        assert await tab.call(DashboardState.show_earlier, cursor=cursor) == {}
        last = await tab.call(DashboardState.show_earlier, cursor=shown["next_cursor"])
        assert (len(last["timeline"]), last["next_cursor"]) == (25, "")
        assert await tab.call(DashboardState.show_earlier, cursor="") == {}


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"cursor": None},
        {"cursor": 1},
        {"cursor": ["1.3.1"]},
        {"cursor": "1.3.1", "more": 1},
        {"cursor": "9" * 61},
        {"cursor": "1.3.1"},
        {"cursor": "'; drop table visit"},
    ],
)
async def test_what_was_never_given_out_changes_nothing(arguments):
    sarah = make_customer("sarah@example.com")
    invoices(sarah.customer_id, 12)
    async with tabs() as browser:
        tab = browser.open(start_session(sarah))
        await tab.call(DashboardState.load)
        assert await tab.call(DashboardState.show_earlier, **arguments) == {}


async def test_rights_taken_away_take_the_rows_away():
    sarah = make_customer("sarah@example.com")
    invoices(sarah.customer_id, 2)
    async with tabs() as browser:
        tab = browser.open(start_session(sarah))
        assert (await tab.call(DashboardState.load))["home"].owed.shown
        change(Contact, sarah.contact_id, rights=[], role=Role.VIEWER)
        forget_cached_actors()
        shown = await tab.call(DashboardState.load)
    assert not shown["home"].owed.shown
    assert shown["timeline"] == []


async def test_a_change_keeps_the_history_that_is_open():
    """What the live feed calls: a refresh re-reads as many rows as are on screen."""
    sarah = make_customer("sarah@example.com")
    invoices(sarah.customer_id, 25)
    token = start_session(sarah)
    async with tabs() as browser:
        tab = browser.open(token)
        cursor = (await tab.call(DashboardState.load))["next_cursor"]
        opened = await tab.call(DashboardState.show_earlier, cursor=cursor)
    state = DashboardState(_reflex_internal_init=True)  # type: ignore[call-arg]
    state.timeline = opened["timeline"]
    change(Invoice, 1, number="changed")
    await state._refresh(actor_of(token))  # type: ignore[arg-type]
    assert len(state.timeline) == 20
    assert state.timeline[0].title == "Invoice changed"
    assert state.next_cursor == opened["next_cursor"]


async def test_a_long_history_ends_before_it_grows_too_long_for_a_phone():
    sarah = make_customer("sarah@example.com")
    invoices(sarah.customer_id, 230)
    async with tabs() as browser:
        tab = browser.open(start_session(sarah))
        shown = await tab.call(DashboardState.load)
        while shown["next_cursor"]:
            shown = await tab.call(DashboardState.show_earlier, cursor=shown["next_cursor"])
        assert len(shown["timeline"]) == 200


async def test_the_day_moves_on_by_itself():
    sarah = make_customer("sarah@example.com")
    token = start_session(sarah)
    actor = actor_of(token)
    state = DashboardState(_reflex_internal_init=True)  # type: ignore[call-arg]
    await state._tick(actor, clock.now())  # type: ignore[arg-type]
    assert not state.loaded, "a page that was never read has nothing to age"
    await state._refresh(actor)  # type: ignore[arg-type]
    first = state._read_at
    await state._tick(actor, clock.now())  # type: ignore[arg-type]
    assert state._read_at == first
    assert state.home.as_of
    state._read_at = clock.now() - timedelta(minutes=11)
    invoices(sarah.customer_id, 1)
    await state._tick(actor, clock.now())  # type: ignore[arg-type]
    assert state.home.owed.shown


async def test_nothing_is_sent_when_the_moment_stands_still():
    token = start_session(make_customer("sarah@example.com"))
    actor = actor_of(token)
    state = DashboardState(_reflex_internal_init=True)  # type: ignore[call-arg]
    state.loaded, state._read_at = True, clock.now()
    # Of another day its moment would be told with the day.
    at = datetime.combine(clock.today("Europe/London"), time(12, 5), ZoneInfo("Europe/London")).astimezone(UTC)
    state.home = HomeView(as_of="12:05", as_of_iso=clock.iso(at + timedelta(seconds=37)))
    state._clean()
    await state._tick(actor, at)  # type: ignore[arg-type]
    assert not state.dirty_vars
    await state._tick(actor, at + timedelta(minutes=1))  # type: ignore[arg-type]
    assert state.home.as_of == "12:06"
    assert "home" in state.dirty_vars


async def test_a_database_that_fails_is_told_in_a_sentence():
    sarah = make_customer("sarah@example.com")
    token = start_session(sarah)
    actor = actor_of(token)
    with database.transaction() as session:
        session.connection().execute(text("ALTER TABLE quote RENAME TO gone"))
    state = DashboardState(_reflex_internal_init=True)  # type: ignore[call-arg]
    await state._refresh(actor)  # type: ignore[arg-type]
    assert state.failed.startswith("We could not load this just now. Nothing is lost")
    assert not state.loaded
    assert "quote" not in state.failed


async def test_home_takes_milliseconds():
    """Generous, since the machine may be busy: it guards against a slip of an order of magnitude."""
    sarah = make_customer("sarah@example.com")
    invoices(sarah.customer_id, 10)
    async with tabs() as browser:
        tab = browser.open(start_session(sarah))
        await tab.call(DashboardState.load)
        before = process_time()
        for _ in range(10):
            await tab.call(DashboardState.load)
        assert process_time() - before < 2
