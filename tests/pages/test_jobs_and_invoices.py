"""The pages of jobs and invoices as a client meets them: through the gate, by events, each right and property."""

from datetime import timedelta
from typing import Any

import pytest

from portal_app import clock, database
from portal_app.components.loading import DENIED, LOST
from portal_app.gate.middleware import forget_cached_actors
from portal_app.models import Business, Contact, Invoice, InvoiceLine, Job, Location, Series, Visit
from portal_app.pages.invoice.state import InvoiceState
from portal_app.pages.invoices.state import InvoicesState
from portal_app.pages.job.state import JobState
from portal_app.pages.jobs.state import JobsState
from portal_app.services import series
from portal_app.services.rights import ROLE_RIGHTS, Right, Role
from tests.pages.tab import Tab, tabs
from tests.services.people import Person, actor_of, change, make_business, make_customer, make_location, start_session
from tests.services.records import add_invoice, add_visit
from tests.services.work import COST, add

LISTS = (("/jobs", JobsState), ("/invoices", InvoicesState))


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    make_business()


def public_id(table: type[Any], row: int) -> str:
    with database.reading() as session:
        return session.get_one(table, row).public_id


def work_of(person: Person, word: str, *, location_id: int | None = None) -> tuple[str, str]:
    """Write a job with a visit and an invoice, all named with a word; returns the addresses of both."""
    here: dict[str, Any] = {"location_id": location_id}
    visit = add_visit(person.customer_id or 0, f"{word} job", start=clock.now(), job=here, **here)
    with database.reading() as session:
        job_id = session.get_one(Visit, visit).job_id
    today = clock.today("Europe/London")
    invoice = add_invoice(
        person.customer_id or 0,
        f"{word}1",
        title=f"{word} paper",
        job_id=job_id,
        due_on=today - timedelta(days=2),
        **here,
    )
    return f"/jobs/{public_id(Job, job_id)}", f"/invoices/{public_id(Invoice, invoice)}"


async def opened(tab: Tab, path: str) -> dict[str, Any]:
    """Return what a tab is sent when it opens a page."""
    base = "/" + path.strip("/").partition("/")[0].partition("?")[0]
    state = {"/jobs": JobsState, "/invoices": InvoicesState}[base]
    if path.count("/") > 1:
        state = {"/jobs": JobState, "/invoices": InvoiceState}[base]
    tab.path = path
    return await tab.call(state.load)


async def test_they_work():
    sarah = make_customer("sarah@example.com")
    job, invoice = work_of(sarah, "Mine")
    async with tabs() as browser:
        tab = browser.open(start_session(sarah))
        shown = await opened(tab, "/jobs")
        assert [(row.title, row.badge, row.href) for row in shown["view"].active] == [("Mine job", "Scheduled", job)]
        shown = await opened(tab, job)
        assert [(step.name, step.state) for step in shown["job"].track] == [
            ("Scheduled", "now"),
            ("On the way", "next"),
            ("In progress", "next"),
            ("Complete", "next"),
        ]
        assert [row.href for row in shown["job"].invoices] == [invoice]
        shown = await opened(tab, "/invoices")
        assert (shown["view"].amounts, shown["view"].overdue) == (["£240.00"], "£240.00 overdue")
        assert [(row.badge, row.href) for row in shown["view"].rows] == [("Overdue", invoice)]
        shown = await opened(tab, invoice)
        assert (shown["view"].paper.heading, shown["view"].job_href) == ("Invoice Mine1", job)


@pytest.mark.parametrize("path", ["/jobs", "/invoices", "job", "invoice"])
async def test_strangers_and_others_get_nothing(path: str):
    sarah, noor = make_customer("sarah@example.com"), make_customer("noor@example.com")
    job, invoice = work_of(sarah, "Mine")
    path = {"job": job, "invoice": invoice}.get(path, path)
    async with tabs() as browser:
        assert "Mine" not in repr(await opened(browser.open(""), path))
        shown = await opened(browser.open(start_session(noor)), path)
        assert "Mine" not in repr(shown)


@pytest.mark.parametrize("kind", ["jobs", "invoices"])
async def test_somebody_elses_and_none_at_all_read_the_same(kind):
    sarah, noor = make_customer("sarah@example.com"), make_customer("noor@example.com")
    theirs = work_of(sarah, "Theirs")[kind == "invoices"]
    async with tabs() as browser:
        answers = []
        for path in (theirs, f"/{kind}/nothing-like-that", f"/{kind}/%00", f"/{kind}/{'x' * 300}", f"/{kind}/a b"):
            shown = await opened(browser.open(start_session(noor)), path)
            answers.append(
                {name: value for name, value in shown.items() if name in ("trouble", "loaded", "job", "view")}
            )
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["trouble"].kind == LOST


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_sees_what_its_rights_say(role):
    person = make_customer("sarah@example.com", role=role)
    job, invoice = work_of(person, "Mine")
    rights = ROLE_RIGHTS[role]
    async with tabs() as browser:
        for path, right in (
            ("/jobs", Right.VIEW_JOBS),
            (job, Right.VIEW_JOBS),
            ("/invoices", Right.VIEW_MONEY),
            (invoice, Right.VIEW_MONEY),
        ):
            shown = await opened(browser.open(start_session(person)), path)
            if right in rights:
                assert "trouble" not in shown or not shown["trouble"].kind
                assert shown["loaded"] is True
            else:
                assert shown["trouble"].kind == DENIED
                assert "Mine" not in repr(shown)
        if Right.VIEW_MONEY not in rights and Right.VIEW_JOBS in rights:
            shown = await opened(browser.open(start_session(person)), job)
            assert "240" not in repr(shown)
            assert "paper" not in repr(shown["job"].invoices)


@pytest.mark.parametrize("right", [Right.VIEW_JOBS, Right.VIEW_MONEY])
async def test_a_right_that_is_off_for_the_whole_portal_hides_as_much(right):
    sarah = make_customer("sarah@example.com")
    job, invoice = work_of(sarah, "Mine")
    change(Business, 1, rights_off=[right.value])
    path = job if right is Right.VIEW_JOBS else invoice
    async with tabs() as browser:
        shown = await opened(browser.open(start_session(sarah)), path)
    assert shown["trouble"].kind == DENIED
    assert "Mine" not in repr(shown)


async def test_margins_are_in_no_delta_without_their_right():
    sarah = make_customer("sarah@example.com")
    _, invoice = work_of(sarah, "Mine")
    add(InvoiceLine(invoice_id=1, name="Part", total_minor=100, unit_cost_minor=COST))
    cost = f"{COST / 100:,.2f}"
    async with tabs() as browser:
        tab = browser.open(start_session(sarah))
        assert cost not in repr(await opened(tab, invoice))
        change(Contact, sarah.contact_id, rights=[*ROLE_RIGHTS[Role.OWNER], Right.MARGINS])
        forget_cached_actors()
        assert cost in repr(await opened(tab, invoice))


async def test_a_tenant_of_one_property_sees_nothing_of_the_others():
    tenant = make_customer("tom@example.com", all_locations=False)
    mill, barn = (make_location(tenant, name, visible=name == "Mill") for name in ("Mill", "Barn"))
    mine, theirs = work_of(tenant, "Mine", location_id=mill), work_of(tenant, "Theirs", location_id=barn)
    nowhere = work_of(tenant, "Theirs")
    async with tabs() as browser:
        tab = browser.open(start_session(tenant))
        for path, _ in LISTS:
            shown = await opened(tab, path)
            assert "Mine" in repr(shown)
            assert "Theirs" not in repr(shown)
            assert shown["view"].places.choices == []
        for path in (*theirs, *nowhere, f"/jobs?property={public_id(Location, barn)}"):
            shown = await opened(browser.open(start_session(tenant)), path)
            assert shown["trouble"].kind == LOST
            assert "Theirs" not in repr(shown)
        for path in mine:
            assert (await opened(browser.open(start_session(tenant)), path))["loaded"] is True


async def test_the_address_holds_property_and_list():
    sarah = make_customer("sarah@example.com")
    mill, barn = (make_location(sarah, name, visible=False) for name in ("Mill", "Barn"))
    work_of(sarah, "Mill", location_id=mill)
    work_of(sarah, "Barn", location_id=barn)
    key = public_id(Location, barn)
    async with tabs() as browser:
        tab = browser.open(start_session(sarah))
        shown = await opened(tab, f"/jobs?property={key}")
        assert [row.title for row in shown["view"].active] == ["Barn job"]
        assert [(choice.word, choice.current) for choice in shown["view"].places.choices] == [
            ("All properties", False),
            ("Barn", True),
            ("Mill", False),
        ]
        shown = await opened(tab, f"/invoices?show=all&property={key}")
        assert [row.title for row in shown["view"].rows] == ["Invoice Barn1"]
        assert shown["view"].amounts == ["£240.00"]
        assert [choice.href for choice in shown["view"].kinds] == [
            f"/invoices?property={key}",
            f"/invoices?show=paid&property={key}",
            f"/invoices?show=all&property={key}",
        ]
        shown = await opened(browser.open(start_session(sarah)), "/jobs")
        assert [row.title for row in shown["view"].active] == ["Barn job"]
        shown = await opened(tab, "/jobs?property=all")
        assert {row.title for row in shown["view"].active} == {"Barn job", "Mill job"}
        for odd in (
            "/invoices?show=nonsense",
            "/invoices?show=__class__",
            "/jobs?property=",
            "/jobs?property=a&property=b%00",
        ):
            shown = await opened(browser.open(start_session(sarah)), odd)
            assert shown.get("loaded") or shown["trouble"].kind == LOST


async def test_more_rows_are_added_once_and_stay_when_something_changes():
    sarah = make_customer("sarah@example.com")
    for n in range(30):
        add_visit(sarah.customer_id or 0, str(n), status="completed", job={"status": "completed"})
        add_invoice(sarah.customer_id or 0, str(n))
    token = start_session(sarah)
    async with tabs() as browser:
        tab = browser.open(token)
        first = (await opened(tab, "/jobs"))["view"]
        assert len(first.past) == 25
        shown = await tab.call(JobsState.show_more, which="past", cursor=first.past_next)
        assert (len(shown["view"].past), shown["view"].past_next) == (30, "")
        assert await tab.call(JobsState.show_more, which="past", cursor=first.past_next) == {}
        for odd in (
            {"which": "active", "cursor": first.past_next},
            {"which": "nothing", "cursor": "x"},
            {"which": "past", "cursor": None},
            {"which": "past", "cursor": "x" * 61},
            {"which": "past"},
        ):
            assert await tab.call(JobsState.show_more, **odd) == {}
        papers = (await opened(tab, "/invoices"))["view"]
        more = await tab.call(InvoicesState.show_more, cursor=papers.next_cursor)
        assert len({row.key for row in more["view"].rows}) == 30
    state = JobsState(_reflex_internal_init=True)  # type: ignore[call-arg]
    state.view = shown["view"]
    await state._refresh(actor_of(token))  # type: ignore[arg-type]
    assert len(state.view.past) == 30


@pytest.mark.parametrize("state", [JobsState, InvoicesState])
async def test_a_right_taken_away_empties_the_open_page(state):
    sarah = make_customer("sarah@example.com")
    work_of(sarah, "Mine")
    token = start_session(sarah)
    page = state(_reflex_internal_init=True)
    await page._refresh(actor_of(token))
    assert "Mine" in repr(page.view)
    change(Contact, sarah.contact_id, rights=[])
    await page._refresh(actor_of(token))
    assert page.trouble.kind == DENIED
    assert "Mine" not in repr(page.view)


async def test_another_job_in_the_same_tab_shows_nothing_of_the_one_before():
    sarah = make_customer("sarah@example.com")
    job, _ = work_of(sarah, "Mine")
    async with tabs() as browser:
        tab = browser.open(start_session(sarah))
        assert "Mine" in repr(await opened(tab, job))
        shown = await opened(tab, "/jobs/nothing")
        assert "Mine" not in repr(shown)
        assert shown["loaded"] is False


async def test_more_plans_than_a_page_are_all_reached_and_a_refresh_adds_none():
    person = make_customer("sarah@example.com")
    count = series.PLANS_PAGE + 5
    yesterday = clock.today("Europe/London") - timedelta(days=1)
    for number in range(count):
        ends = yesterday if number in (0, count - 1) else None
        add(Series(customer_id=person.customer_id or 0, title=f"Plan {number:03}", ends_on=ends))
    add_visit(person.customer_id or 0, "Round", start=clock.now(), job={"series_id": 1})
    add_visit(person.customer_id or 0, "Tap", start=clock.now())
    token = start_session(person)
    async with tabs() as browser:
        tab = browser.open(token)
        first = (await opened(tab, "/jobs"))["view"]
        shown = (await tab.call(JobsState.show_more_plans, cursor=first.plans_next))["view"]
        for again in (first.plans_next, "", "plans.-.1", "x" * 61):
            assert await tab.call(JobsState.show_more_plans, cursor=again) == {}
    state = JobsState(_reflex_internal_init=True)  # type: ignore[call-arg]
    state.view = first
    await state._refresh(actor_of(token))  # type: ignore[arg-type]
    assert len(first.active) == len(state.view.active) == series.PLANS_PAGE
    state.view = shown
    for _ in range(2):
        view = state.view
        titles = sorted(row.title for row in view.active)
        assert titles == sorted(["Tap", *(f"Plan {number:03}" for number in range(count - 1))])
        assert [row.title for row in view.past] == [f"Plan {count - 1:03}"]
        assert (view.plans_next, view.plans, view.ended) == ("", count - 1, 1)
        await state._refresh(actor_of(token))  # type: ignore[arg-type]


async def test_a_list_with_plans_does_not_grow_by_itself():
    person = make_customer("sarah@example.com")
    for number in range(8):
        add(Series(customer_id=person.customer_id or 0, title=f"Plan {number}"))
    for number in range(40):
        add_visit(person.customer_id or 0, f"Tap {number}", start=clock.now())
    token = start_session(person)
    async with tabs() as browser:
        first = (await opened(browser.open(token), "/jobs"))["view"]
    state = JobsState(_reflex_internal_init=True)  # type: ignore[call-arg]
    state.view = first
    await state._refresh(actor_of(token))  # type: ignore[arg-type]
    assert len(state.view.active) == len(first.active) == 33
