"""The office hides one job from its customer and shows it again; the customer's open pages follow by themselves."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.floors import findings
from tests.browser.visitor import SIZES
from tests.site import CUSTOMER, OFFICE, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
TITLE = "Bath tap drips"


@pytest.fixture(autouse=True)
def as_it_was(site: Site) -> Iterator[None]:
    yield
    with site.portal.rows() as rows:
        rows.execute("UPDATE job SET hidden_at = NULL")


def household(site: Site) -> str:
    with site.portal.rows() as rows:
        statement = "SELECT customer.public_id FROM customer JOIN contact ON contact.customer_id = customer.id"
        return rows.execute(f"{statement} WHERE contact.email = ?", (CUSTOMER,)).fetchone()[0]


@pytest.mark.parametrize("size", SIZES)
def test_a_hidden_job_leaves_the_open_pages_and_comes_back(visit: Visit, site: Site, size: str):
    visitor = visit(size=SIZES[size], email=CUSTOMER)
    listed = visitor.open("/jobs").locator(".record", has_text=TITLE)
    expect(listed).to_have_count(1)
    visitor.page.evaluate("window.stillTheSamePage = true")
    own = visitor.open(listed.get_attribute("href") or "", visitor.context.new_page())
    expect(own.get_by_role("heading", level=1)).to_have_text(TITLE)

    office = visit(size=SIZES[size], email=OFFICE).open(f"/office/customers/{household(site)}?tab=jobs")
    row = office.locator("#work ~ * .footed", has_text=TITLE)
    row.get_by_role("button", name=f"Hide {TITLE}").click()
    expect(office.get_by_text("is hidden: the customer no longer sees it, nor its visits")).to_be_visible()
    expect(row.get_by_text("Hidden", exact=True)).to_be_visible()
    expect(listed).to_have_count(0)
    expect(own.get_by_role("heading", name=TITLE)).to_have_count(0)
    assert findings(office) == []

    again = row.get_by_role("button", name=f"Show {TITLE}")
    expect(again).to_be_focused()
    again.press("Enter")
    expect(office.get_by_text("is shown: the customer sees it as before.")).to_be_visible()
    expect(row.get_by_text("Hidden", exact=True)).to_have_count(0)
    expect(listed).to_have_count(1)
    expect(own.get_by_role("heading", level=1)).to_have_text(TITLE)
    assert visitor.page.evaluate("window.stillTheSamePage")
