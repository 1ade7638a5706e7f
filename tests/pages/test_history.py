"""The page of the whole history as a client meets it: what its address asks for, rows by year, photos together."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal_app import database
from portal_app.components.loading import BROKEN, LOST
from portal_app.models import Contact, Location, Visit
from portal_app.pages.history import state
from portal_app.pages.history.state import HistoryState
from portal_app.services import timeline
from portal_app.services.rights import Right
from tests.pages.tab import Tab, tabs
from tests.services import people, shared, work
from tests.services.people import Person


@pytest.fixture
def sarah(database_file) -> Person:
    people.make_business()
    return people.make_customer("sarah@example.com")


async def opened(tab: Tab, query: str = "") -> dict[str, Any]:
    tab.path = f"/history{query}"
    return await tab.call(HistoryState.load)


def done(sarah: Person, at: datetime, title: str = "Boiler") -> tuple[int, int]:
    visit = work.visit("completed", at, customer_id=sarah.customer_id or 0, title=title)
    with database.reading() as session:
        return visit, session.get_one(Visit, visit).job_id


def titles(view: Any) -> list[tuple[str, list[str]]]:
    return [(year.name, [row.title for row in year.rows]) for year in view.years]


async def test_it_works(sarah):
    visit, job_id = done(sarah, datetime(2025, 6, 2, 9, tzinfo=UTC))
    for title, state_word in (("A filter", "open"), ("A new tank", "quoted")):
        work.advice(visit, title, customer_id=sarah.customer_id or 0, state=state_word)
    given: dict[str, Any] = {"customer_id": sarah.customer_id, "job_id": job_id, "visit_id": visit}
    for minute in range(6):
        shared.file(f"Photo {minute}", sort_at=datetime(2025, 6, 2, 10, minute, tzinfo=UTC), **given)
    shared.file("Another day", sort_at=datetime(2025, 6, 3, 10, tzinfo=UTC), **given)
    work.invoice(
        100, customer_id=sarah.customer_id, title="Work", number="7", issued_on=datetime(2024, 1, 2, tzinfo=UTC)
    )
    async with tabs() as browser:
        tab = browser.open(people.start_session(sarah))
        view = (await opened(tab))["view"]
        assert titles(view) == [("2025", ["1 photo", "6 photos", "Boiler"]), ("2024", ["Invoice 7: Work"])]
        photos, work_row = view.years[0].rows[1:]
        assert ([thumb.alt for thumb in photos.thumbs], photos.more) == (
            ["Photo 5", "Photo 4", "Photo 3", "Photo 2"],
            "and 2 more",
        )
        assert photos.href == work_row.href != ""
        assert work_row.advice == ["A new tank (quoted)", "A filter"]
        assert view.jumps[-1] == "2024"
        view = (await opened(tab, "?year=2024&show=invoices"))["view"]
        assert titles(view) == [("2024", ["Invoice 7: Work"])]
        assert [choice.key for choice in view.kinds if choice.current] == ["invoices"]
        assert "year=2024" in view.kinds[0].href
        view = (await opened(tab, "?q=filter"))["view"]
        assert titles(view) == [("2025", ["Boiler"])]
        view = (await opened(tab, "?q=nowhere"))["view"]
        assert (view.years, view.narrowed) == ([], True)


async def test_the_property_that_was_chosen_last_is_kept_where_anything_may_be_seen_of_it(sarah):
    mill, cottage = (work.location(sarah.customer_id or 0, label) for label in ("The mill", "The cottage"))
    for place, title in ((mill, "Mill"), (cottage, "Cottage")):
        work.invoice(100, customer_id=sarah.customer_id, title=title, number=title, location_id=place)
    with database.reading() as session:
        chosen = session.get_one(Location, mill).public_id
    # Their jobs they see elsewhere only, their invoices everywhere.
    people.change(Contact, sarah.contact_id, right_locations={Right.VIEW_JOBS: [cottage]})
    async with tabs() as browser:
        tab = browser.open(people.start_session(sarah))
        assert titles((await opened(tab))["view"])[0][1] == ["Invoice Cottage: Cottage", "Invoice Mill: Mill"]
        for query, shown in ((f"?property={chosen}", ["Mill"]), ("", ["Mill"]), ("?property=all", ["Cottage", "Mill"])):
            view = (await opened(tab, query))["view"]
            assert titles(view)[0][1] == [f"Invoice {title}: {title}" for title in shown]
        assert titles((await opened(tab))["view"])[0][1] == ["Invoice Cottage: Cottage", "Invoice Mill: Mill"]


async def test_it_goes_on_and_a_very_long_one_on_a_further_page(sarah, monkeypatch):
    monkeypatch.setattr(state, "PAGE", 3)
    monkeypatch.setattr(timeline, "LONGEST_PAGE", 5)
    for number in range(8):
        done(sarah, work.NOW - timedelta(hours=number), f"Work {number}")
    async with tabs() as browser:
        tab = browser.open(people.start_session(sarah))
        view = (await opened(tab))["view"]
        assert view.shown == 3
        cursor = view.next_cursor
        view = (await tab.call(HistoryState.show_more, cursor=cursor))["view"]
        assert view.shown == 5
        assert (view.next_cursor, view.earlier != "") == ("", True)
        assert "view" not in await tab.call(HistoryState.show_more, cursor=cursor)
        view = (await opened(tab, view.earlier.removeprefix("/history")))["view"]
        assert titles(view)[0][1] == ["Work 5", "Work 6", "Work 7"]
        assert (view.next_cursor, view.earlier) == ("", "")


@pytest.mark.parametrize(
    "query", ["?year=20x4", "?year=%D9%A2%D9%A0%D9%A2%D9%A4", "?show=home", "?show=../x", "?year=0000"]
)
async def test_what_no_list_is_called_shows_everything(sarah, query: str):
    done(sarah, work.NOW)
    async with tabs() as browser:
        view = (await opened(browser.open(people.start_session(sarah)), query))["view"]
        assert titles(view) == [("2026", ["Boiler"])]
        assert view.kinds[0].current


async def test_a_place_or_property_that_is_not_there_is_said_in_words(sarah):
    done(sarah, work.NOW)
    async with tabs() as browser:
        tab = browser.open(people.start_session(sarah))
        assert (await opened(tab, "?after=1.2.3.4"))["trouble"].kind == BROKEN
        assert (await opened(tab, "?property=nowhere"))["trouble"].kind == LOST
        assert (await opened(tab, "?year=9999"))["trouble"].sentence == "There is no such year."
