"""Settings, Documents and the statement's page, through the gate."""

from datetime import date

import pytest

from portal_app.components.loading import DENIED
from portal_app.models import Business, Contact
from portal_app.pages.office.settings_documents.state import DocumentsState
from portal_app.pages.statement.state import StatementState, presets
from portal_app.services import business
from portal_app.services.document_settings import LONGEST
from portal_app.services.rights import Right, StaffRole
from tests.pages import office
from tests.pages.tab import open_tab
from tests.services import people
from tests.services.records import TODAY, add_invoice, add_location

FORM = dict.fromkeys(LONGEST, "")


@pytest.fixture(autouse=True)
def _business(database_file) -> None:
    people.make_business()
    business.forget_look()


async def test_it_works():
    async with open_tab(office.cookie()) as tab:
        await tab.call(DocumentsState.load)
        await tab.call(DocumentsState.save, form=office.form(**FORM | {"legal_name": "Bell Ltd"}))
        assert tab.values["documents_state.message"].startswith("Saved.")
        assert tab.values["documents_state.draft"].legal_name == "Bell Ltd"
        assert office.row(Business, 1).legal_name == "Bell Ltd"
        await tab.call(DocumentsState.save, form=office.form(**FORM | {"bank_iban": "GB00"}))
        assert "typing error" in tab.values["documents_state.wrong"].bank_iban
        assert tab.values["documents_state.failed"] is True
        assert tab.failures == []
    assert office.row(Business, 1).legal_name == "Bell Ltd"


async def test_other_fields_are_refused():
    async with open_tab(office.cookie()) as tab:
        await tab.call(DocumentsState.load)
        await tab.call(DocumentsState.save, form=office.form(**FORM | {"portal_open": "no"}))
        assert "documents_state.message" not in tab.values or tab.values["documents_state.message"] == ""
    assert office.row(Business, 1).portal_open is True


async def test_only_those_who_may_change_settings():
    async with open_tab(office.cookie(StaffRole.MANAGER)) as tab:
        await tab.call(DocumentsState.load)
        await tab.call(DocumentsState.save, form=office.form(**FORM | {"legal_name": "Mine"}))
        assert not tab.values.get("documents_state.loaded")
    assert office.row(Business, 1).legal_name == ""


async def test_the_statement_s_page_offers_periods_and_properties():
    sarah = people.make_customer("sarah@example.com")
    for label in ("Mill", "Barn"):
        add_location(sarah.customer_id or 0, label)
    async with open_tab(people.start_session(sarah)) as tab:
        tab.path = "/statement?period=last-month"
        view = (await tab.call(StatementState.load))["view"]
        assert [one.word for one in view.places] == ["All properties", "Barn", "Mill"]
        assert [one.key for one in view.periods if one.current] == ["last-month"]
        assert view.first.endswith("-01")
        tab.path = "/statement?period=nonsense&property=nowhere"
        view = (await tab.call(StatementState.load))["view"]
        assert [one.key for one in view.periods if one.current] == ["year"]
        assert view.place == ""


async def test_everything_begins_with_the_first_line():
    sarah = people.make_customer("sarah@example.com")
    async with open_tab(people.start_session(sarah)) as tab:
        tab.path = "/statement?period=all"
        view = (await tab.call(StatementState.load))["view"]
        assert view.first == view.last
        add_invoice(sarah.customer_id or 0, "2291", issued_on=date(2024, 3, 5))
        assert (await tab.call(StatementState.load))["view"].first == "2024-03-05"


@pytest.mark.parametrize(
    ("first", "last", "wrong"),
    [
        ("2026-12-01", "2026-11-01", ("The first day is after the last one. Please swap them.", "")),
        ("1989-12-31", "2026-11-01", ("Please choose days between 1990 and 2100.", "")),
        ("2026-11-01", "2999-01-01", ("", "Please choose days between 1990 and 2100.")),
        ("2026-11-31", "2026-12-01", ("This day cannot be read. Please write it like 2026-11-25.", "")),
        ("2026-11-01", "2026-11-30", ("", "")),
    ],
)
async def test_days_that_make_no_statement_stay_in_the_form(first: str, last: str, wrong: tuple[str, str]):
    async with open_tab(people.start_session(people.make_customer("sarah@example.com"))) as tab:
        tab.path = f"/statement?from={first}&to={last}"
        view = (await tab.call(StatementState.load))["view"]
    assert (view.first, view.last) == (first, last)
    assert (view.first_wrong, view.last_wrong) == wrong
    assert not any(one.current for one in view.periods)


async def test_without_the_right_to_money_there_is_no_statement():
    sarah = people.make_customer("sarah@example.com")
    people.change(Contact, sarah.contact_id, rights=[Right.VIEW_JOBS.value])
    async with open_tab(people.start_session(sarah)) as tab:
        tab.path = "/statement"
        assert (await tab.call(StatementState.load))["trouble"].kind == DENIED


def test_the_periods_people_ask_for():
    found = {key: (first.isoformat(), last.isoformat()) for key, (_, first, last) in presets(TODAY).items()}
    assert found["year"] == ("2026-01-01", "2026-11-25")
    assert found["month"] == ("2026-11-01", "2026-11-25")
    assert found["last-month"] == ("2026-10-01", "2026-10-31")
    assert found["last-year"] == ("2025-01-01", "2025-12-31")
    january = presets(TODAY.replace(month=1, day=31))
    assert january["last-month"][2].isoformat() == "2025-12-31"
    leap = presets(TODAY.replace(year=2028, month=3, day=31))
    assert [day.isoformat() for day in leap["last-month"][1:]] == ["2028-02-01", "2028-02-29"]
