"""Opening what tells of today asks the CRM at once when what is known is old: home, jobs, one of them, a plan."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from portal_app import clock, database
from portal_app.models import CrmConnection, Job, Series, Visit
from portal_app.pages.dashboard.state import DashboardState
from portal_app.pages.job.state import JobState
from portal_app.pages.jobs.state import JobsState
from portal_app.pages.plan.state import PlanState
from portal_app.services import crm_connection
from portal_app.settings import get_settings
from tests.pages.tab import tabs
from tests.services.people import Person, change, make_business, make_customer, start_session
from tests.services.records import add_visit
from tests.services.work import add

PAGES: dict[str, Any] = {"/home": DashboardState, "/jobs": JobsState, "/jobs/one": JobState}
PLAN = "/plans/"
LONG_AGO = timedelta(days=1)


@pytest.fixture(autouse=True)
def crm(database_file) -> None:
    make_business()
    with database.transaction() as session:
        crm_connection.ensure(session, "http://127.0.0.1:8001")


def sarah(status: str = "scheduled", **columns: Any) -> Person:
    """Return a customer with one visit, today unless told otherwise."""
    person = make_customer("sarah@example.com")
    add_visit(person.customer_id or 0, "Boiler", status=status, **{"start": clock.now(), **columns})
    return person


async def asked_by(path: str, person: Person) -> bool:
    """Open a page and return whether the CRM was asked."""
    change(CrmConnection, 1, poll_requested_at=None)
    with database.reading() as session:
        job = session.exec(select(Job.public_id)).one()
    async with tabs() as browser:
        tab = browser.open(start_session(person))
        tab.path = path.replace("one", job)
        await tab.call((PlanState if path.startswith(PLAN) else PAGES[path]).load)
        assert tab.failures == []
    with database.reading() as session:
        return session.get_one(CrmConnection, 1).poll_requested_at is not None


@pytest.mark.parametrize("path", PAGES)
async def test_what_is_old_is_asked_for(path: str):
    assert await asked_by(path, sarah())


@pytest.mark.parametrize("path", PAGES)
async def test_it_is_asked_for_once_in_the_time_of_a_poll(path: str):
    person = sarah()
    interval = timedelta(seconds=get_settings().crm_poll_seconds)
    change(CrmConnection, 1, last_success_at=clock.now() - interval / 2)
    assert not await asked_by(path, person)
    change(CrmConnection, 1, last_success_at=clock.now() - LONG_AGO, last_pass_started_at=clock.now() - interval / 2)
    assert not await asked_by(path, person)
    change(CrmConnection, 1, last_pass_started_at=clock.now() - LONG_AGO, not_before=clock.now() + interval)
    assert not await asked_by(path, person)
    change(CrmConnection, 1, not_before=None)
    assert await asked_by(path, person)


@pytest.mark.parametrize("path", PAGES)
async def test_another_day_s_visit_asks_for_nothing(path: str):
    person = sarah(start=clock.now() + timedelta(days=3))
    assert not await asked_by(path, person)
    change(Visit, 1, status="on_hold")
    assert await asked_by(path, person)


@pytest.mark.parametrize("path", ["/jobs", "/jobs/one"])
async def test_work_that_is_over_asks_for_nothing(path: str):
    person = sarah("completed", start=clock.now() - LONG_AGO, job={"status": "completed"})
    assert not await asked_by(path, person)


async def test_today_s_visit_of_a_plan_asks_too():
    person = sarah()
    plan = add(Series(customer_id=person.customer_id or 0, title="Plan"))
    change(Job, 1, series_id=plan.id)
    assert await asked_by("/jobs", person)
    assert await asked_by(f"{PLAN}{plan.public_id}", person)
