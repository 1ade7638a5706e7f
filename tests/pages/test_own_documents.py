"""The page of documents as a client meets it: by right, property and page, with the day until which they hold."""

from datetime import timedelta
from typing import Any

import pytest

from portal_app import database
from portal_app.components.loading import DENIED, LOST
from portal_app.models import Contact, Location
from portal_app.pages.documents.state import OwnDocumentsState
from portal_app.services import files
from portal_app.services.rights import Right
from tests.pages.tab import Tab, tabs
from tests.services import people, shared, work
from tests.services.people import Person


@pytest.fixture
def sarah(database_file) -> Person:
    people.make_business()
    return people.make_customer("sarah@example.com")


async def opened(tab: Tab, query: str = "") -> dict[str, Any]:
    tab.path = f"/documents{query}"
    return await tab.call(OwnDocumentsState.load)


def place_of(row: int) -> str:
    with database.reading() as session:
        return session.get_one(Location, row).public_id


def paper(sarah: Person, name: str, **columns: Any) -> None:
    shared.file(name, "document", customer_id=sarah.customer_id, **columns)


async def test_it_works(sarah):
    mill, cottage = (work.location(sarah.customer_id or 0, label) for label in ("The mill", "The cottage"))
    paper(sarah, "Manual", location_id=mill, size=500, sort_at=work.NOW - work.DAY)
    paper(sarah, "Record", location_id=cottage, size=184_000)
    shared.file("Boiler", customer_id=sarah.customer_id)
    async with tabs() as browser:
        tab = browser.open(people.start_session(sarah))
        view = (await opened(tab))["view"]
        assert [(row.title, row.sub) for row in view.rows] == [
            ("Record", "PDF, 184 KB · The cottage"),
            ("Manual", "PDF, 1 KB · The mill"),
        ]
        assert [choice.word for choice in view.places.choices] == ["All properties", "The cottage", "The mill"]
        view = (await opened(tab, f"?property={place_of(mill)}"))["view"]
        assert [(row.title, row.sub) for row in view.rows] == [("Manual", "PDF, 1 KB")]
        assert (await opened(tab, "?property=nowhere"))["trouble"].kind == LOST


async def test_the_property_that_was_chosen_last_is_kept(sarah):
    mill, cottage = (work.location(sarah.customer_id or 0, label) for label in ("The mill", "The cottage"))
    for number in range(files.PAGE + 1):
        paper(sarah, f"Mill {number}", location_id=mill, sort_at=work.NOW - timedelta(hours=number))
    paper(sarah, "Record", location_id=cottage, sort_at=work.NOW - timedelta(days=9))
    async with tabs() as browser:
        tab = browser.open(people.start_session(sarah))
        await opened(tab, f"?property={place_of(mill)}")
        view = (await opened(tab))["view"]
        assert {row.title[:4] for row in view.rows} == {"Mill"}
        view = (await tab.call(OwnDocumentsState.show_more, cursor=view.next_cursor))["view"]
        assert [row.title for row in view.rows][-1] == f"Mill {files.PAGE}"
        await opened(tab, "?property=all")
        view = (await opened(tab))["view"]
        more = (await tab.call(OwnDocumentsState.show_more, cursor=view.next_cursor))["view"]
        assert [row.title for row in more.rows][-1] == "Record"


async def test_without_the_right_there_is_nothing(sarah):
    paper(sarah, "Manual")
    people.change(Contact, sarah.contact_id, rights=sorted(set(Right) - {Right.DOCUMENTS}))
    async with tabs() as browser:
        shown = await opened(browser.open(people.start_session(sarah)))
    assert shown["trouble"].kind == DENIED
    assert not shown.get("loaded")


async def test_it_goes_on_where_it_ended_once(sarah):
    for number in range(files.PAGE + 2):
        paper(sarah, f"Paper {number}", sort_at=work.NOW - timedelta(hours=number))
    async with tabs() as browser:
        tab = browser.open(people.start_session(sarah))
        view = (await opened(tab))["view"]
        assert len(view.rows) == files.PAGE
        cursor = view.next_cursor
        view = (await tab.call(OwnDocumentsState.show_more, cursor=cursor))["view"]
        assert [row.title for row in view.rows] == [f"Paper {number}" for number in range(files.PAGE + 2)]
        assert view.next_cursor == ""
        assert "view" not in await tab.call(OwnDocumentsState.show_more, cursor=cursor)
