"""What customers do on a job's page: they ask for a quote of what was recommended."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.floors import findings
from tests.browser.visitor import SIZES
from tests.site import NEIGHBOUR, OFFICE, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
# A finished visit with two things that were recommended, one for each width.
_ADVICE = """
from datetime import timedelta
from sqlmodel import select
from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Contact, Job, Recommendation, Visit
with transaction() as session:
    owner = session.exec(select(Contact.customer_id).where(Contact.email == "neighbour@example.com")).first()
    at = clock.now() - timedelta(days=2)
    job = Job(customer_id=owner, title="Loft tank", number="LT1", opened_at=at, status="completed", closed_at=at)
    session.add(job)
    session.flush()
    visit = Visit(job_id=job.id, customer_id=owner, status="completed", sort_at=at, completed_at=at,
        work_summary="Looked at the tank.")
    session.add(visit)
    session.flush()
    for size in ("phone", "desktop"):
        session.add(Recommendation(visit_id=visit.id, customer_id=owner, external_id=size, title=f"A lid, {size}",
            currency="GBP", price_from_minor=4000, price_to_minor=9000))
"""


@pytest.fixture
def job(site: Site) -> str:
    """The address of a job with something recommended."""
    query = "select public_id from job where title = 'Loft tank'"
    with site.portal.rows() as rows:
        found = rows.execute(query).fetchone()
    if found is None:
        site.portal.python(_ADVICE)
        with site.portal.rows() as rows:
            found = rows.execute(query).fetchone()
    return f"/jobs/{found[0]}"


@pytest.mark.parametrize("size", SIZES)
def test_a_quote_is_asked_for_with_one_tap_and_once(visit: Visit, site: Site, job: str, size: str):
    visitor = visit(size=SIZES[size], email=NEIGHBOUR)
    page = visitor.open(job)
    other = visitor.open(job, visitor.context.new_page())
    finding = page.get_by_role("listitem").filter(has_text=f"A lid, {size}")
    expect(finding).to_contain_text("£40.00 to £90.00")
    button = finding.get_by_role("button", name="Ask for a quote")
    button.dblclick()
    expect(finding).to_contain_text(re.compile(r"Asked on \w+"))
    expect(finding).to_contain_text("Quote asked for")
    expect(button).to_have_count(0)
    same = other.get_by_role("listitem").filter(has_text=f"A lid, {size}")
    expect(same).to_contain_text("Quote asked for")
    page.reload()
    expect(finding).to_contain_text("Quote asked for")
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with site.portal.rows() as rows:
        query = "select count(*) from service_request where title = ?"
        assert rows.execute(query, (f"Quote for: A lid, {size}",)).fetchone()[0] == 1
    office = visit(email=OFFICE)
    with site.portal.rows() as rows:
        query = "select c.public_id from customer c join service_request r on r.customer_id = c.id where r.title = ?"
        (customer,) = rows.execute(query, (f"Quote for: A lid, {size}",)).fetchone()
    told = office.open(f"/office/customers/{customer}")
    expect(told.get_by_role("region", name="Asked for")).to_contain_text(f"Quote for: A lid, {size}")
