"""A recurring plan of two years: once in the list, with all its visits behind it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.floors import findings
from tests.browser.visitor import SIZES
from tests.site import CUSTOMER, NEIGHBOUR, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
# One visit a month for two years, the next one in ten days.
_TWO_YEARS = """
from datetime import timedelta
from sqlmodel import select
from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Contact, Job, Series, Visit
with transaction() as session:
    owner = session.exec(select(Contact.customer_id).where(Contact.email == "neighbour@example.com")).first()
    plan = Series(customer_id=owner, title="Pond pump care", rhythm="Every month")
    session.add(plan)
    session.flush()
    for month in range(-1, 24):
        at = clock.now() - timedelta(days=30 * month + 20)
        at = clock.now() + timedelta(days=10) if month < 0 else at
        status = "scheduled" if month < 0 else "completed"
        job = Job(customer_id=owner, series_id=plan.id, title="Pond pump", opened_at=at,
            status="open" if month < 0 else "completed")
        session.add(job)
        session.flush()
        session.add(Visit(job_id=job.id, customer_id=owner, status=status, sort_at=at, window_start=at,
            window_end=at + timedelta(hours=2), work_summary=f"Filter number {month} rinsed." if month >= 0 else "",
            completed_at=at if month >= 0 else None))
"""


@pytest.mark.parametrize("size", SIZES)
def test_two_years_of_one_plan(visit: Visit, site: Site, size: str):
    with site.portal.rows() as rows:
        missing = rows.execute("select 1 from series where title = 'Pond pump care'").fetchone() is None
    if missing:
        site.portal.python(_TWO_YEARS)
    visitor = visit(size=SIZES[size], email=NEIGHBOUR)
    page = visitor.open("/jobs")
    row = page.locator(".record").filter(has_text="Pond pump")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Every month")
    expect(row).to_contain_text("24 visits done, 1 to come")
    row.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pond pump care")
    expect(page.get_by_role("region", name="To come").locator(".record")).to_have_count(1)
    past = page.get_by_role("region", name="So far").locator(".record")
    expect(past).to_have_count(12)
    page.get_by_role("button", name="Show earlier").click()
    expect(past).to_have_count(24)
    expect(page.get_by_role("button", name="Show earlier")).to_have_count(0)
    expect(past.last).to_contain_text("Filter number 23 rinsed.")
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    past.last.click()
    expect(page).to_have_url(re.compile("/jobs/"))
    address = f"/plans/{row_id(site)}"
    stranger = visit(email=CUSTOMER)
    stranger.page.goto(address)
    expect(stranger.page.get_by_role("heading", name="We could not find that")).to_be_visible()
    assert "Pond pump" not in stranger.page.content() + "".join(stranger.watch.frames)


def row_id(site: Site) -> str:
    with site.portal.rows() as rows:
        return rows.execute("select public_id from series where title = 'Pond pump care'").fetchone()[0]
