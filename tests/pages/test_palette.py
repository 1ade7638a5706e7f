"""The office's palette: what each of the office finds, that nobody else finds anything, and what it forgets."""

from typing import Any

import pytest

from portal_app import database
from portal_app.components.palette_state import PaletteState
from portal_app.components.palette_views import PLACES, PaletteView
from portal_app.gate import STAFF
from portal_app.models import Job, StaffPermission
from portal_app.pages import PAGES
from portal_app.services.rights import Permission, StaffRole
from portal_app.workflows import customer_words
from tests.pages.office import cookie, index, sarah
from tests.pages.tab import Tab, open_tab
from tests.services import people
from tests.services.records import add_invoice, at, save

EMPTY = PaletteView()


@pytest.fixture(autouse=True)
async def known(database_file) -> people.Person:
    """A business with Sarah, her invoice 2291 and her job 3127."""
    people.make_business()
    person = sarah()
    add_invoice(person.customer_id or 0, "2291", title="Annual boiler service")
    job = Job(customer_id=person.customer_id or 0, number="3127", title="Annual boiler service", opened_at=at(9))
    save(job)
    index()
    await customer_words.write_missing_records()
    return person


async def look(tab: Tab, typed: Any) -> PaletteView:
    await tab.call(PaletteState.look, typed=typed)
    return tab.values.get("palette_state.view", EMPTY)


def shown(view: PaletteView) -> dict[str, list[str]]:
    return {group.key: ["".join(piece.text for piece in goal.title) for goal in group.goals] for group in view.groups}


async def test_customers_invoices_and_jobs_are_found_and_lead_somewhere():
    async with open_tab(cookie()) as tab:
        assert shown(await look(tab, "household")) == {"customers": ["Household of sarah@example.com"]}
        view = await look(tab, "invoice 2291")
        assert shown(view) == {"invoices": ["Invoice 2291"]}
        assert view.groups[0].goals[0].href.startswith("/office/invoices/")
        assert [piece.text for piece in view.groups[0].goals[0].title if piece.hit] == ["Invoice", "2291"]
        view = await look(tab, "boil")
        assert shown(view) == {"jobs": ["Annual boiler service"]}
        (goal,) = view.groups[0].goals
        assert goal.href.endswith("?tab=jobs")
        assert goal.sub == "Household of sarah@example.com, Job 3127"
        assert view.told == "1 result"
        view = await look(tab, "zzz")
        assert (view.groups, view.ready, view.told) == ([], True, "Nothing is found by that.")
        assert tab.failures == []


async def test_without_anything_typed_it_leads_to_every_page_of_the_office():
    fixed = {page.route for page in PAGES if page.audience is STAFF and "[" not in page.route}
    assert {item.address for item, _ in PLACES} == fixed
    async with open_tab(cookie()) as tab:
        view = await look(tab, "")
        assert {goal.href for goal in view.groups[0].goals} == fixed
        assert shown(await look(tab, "cust")).get("pages") == ["Customers", "What customers see", "New customer"]


async def test_an_answer_says_what_it_is_for_and_nothing_stays_once_it_is_shut():
    async with open_tab(cookie()) as tab:
        for typed in (" Sarah ", "22", "Søren 🦊", "x" * 200):
            assert (await look(tab, typed)).typed == typed
        await look(tab, "sarah")
        await tab.call(PaletteState.forget)
        assert tab.values["palette_state.view"] == EMPTY


@pytest.mark.parametrize("role", StaffRole)
async def test_each_role_finds_only_pages_it_may_open(role: StaffRole):
    async with open_tab(cookie(role)) as tab:
        hrefs = {goal.href for goal in (await look(tab, "")).groups[0].goals}
        assert ("/office/settings/brand" in hrefs) == (role is StaffRole.OWNER)
        assert ("/office/customers/new" in hrefs) == (role is not StaffRole.READER)
        assert "/office/customers" in hrefs
        assert "invoices" in shown(await look(tab, "2291"))


async def test_whoever_may_not_see_customers_finds_pages_only():
    with database.transaction() as session:
        session.delete(session.get_one(StaffPermission, (StaffRole.READER, Permission.VIEW_CUSTOMERS)))
    async with open_tab(cookie(StaffRole.READER)) as tab:
        for typed in ("household", "2291", "boil", "sarah", "3127"):
            assert (await look(tab, typed)).groups == []
        assert "/office/customers" not in {goal.href for goal in (await look(tab, "")).groups[0].goals}
        assert "sarah" not in str(tab.values).replace("typed='sarah'", "")


async def test_customers_and_strangers_find_nothing(known: people.Person):
    for token in (people.start_session(known), "", "x" * 43):
        async with open_tab(token) as tab:
            for handler, given in ((PaletteState.look, {"typed": "2291"}), (PaletteState.forget, {})):
                await tab.call(handler, **given)
            assert tab.redirects
            assert "palette_state.view" not in tab.values


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"typed": None},
        {"typed": 1},
        {"typed": ["a"]},
        {"typed": {"a": 1}},
        {"typed": True},
        {"typed": "x" * 201},
        {"typed": "x" * 1_000_000},
        {"typed": "a", "limit": 5000},
        {"typed": "half a letter \ud800"},
    ],
)
async def test_what_is_no_short_text_is_not_looked_for(given: dict[str, Any]):
    async with open_tab(cookie()) as tab:
        await tab.call(PaletteState.look, **given)
        assert "palette_state.view" not in tab.values
        assert tab.failures == []


@pytest.mark.parametrize("typed", ["\x00", "%", "_", "' or 1=1 --", "*", '"', "\u202e", "a\x00b", "(" * 200])
async def test_strange_letters_find_nothing_and_break_nothing(typed: str):
    async with open_tab(cookie()) as tab:
        view = await look(tab, typed)
        assert view.ready
        assert all(group.key == "pages" or group.goals for group in view.groups)
        assert "2291" not in str(view.groups)
        assert tab.failures == []
