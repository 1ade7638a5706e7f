"""Before the portal opens: the office shuts it, open pages shut, testers stay, and everybody is back when it opens."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.floors import static_findings
from tests.site import CUSTOMER, NEIGHBOUR, OFFICE, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SOON = "Our customer portal opens soon"
BACK = """
from sqlmodel import select
from portal_app.database import transaction
from portal_app.models import Contact
from portal_app.services import testers
from portal_app.services.actors import System
with transaction() as session:
    for contact in session.exec(select(Contact).where(Contact.tester)).all():
        testers.set_tester(session, System("test"), contact.public_id, False)
    testers.set_portal_open(session, System("test"), True)
"""


@pytest.fixture(autouse=True)
def open_again(site: Site) -> Iterator[None]:
    yield
    site.portal.python(BACK)


def switch(page: Page, *, on: bool) -> None:
    """Set the switch and save it."""
    page.get_by_role("switch", name=re.compile("^The portal is open")).set_checked(on)
    page.get_by_role("button", name="Save portal").click()
    expect(page.get_by_role("status").filter(has_text="The portal is")).to_contain_text("open to" if on else "is shut")


def test_shut_and_opened_again(visit: Visit):
    office = visit(email=OFFICE).open("/office/settings/access")
    office.get_by_role("searchbox", name="Add a tester").fill("sarah")
    office.get_by_role("button", name=re.compile("^Add Sarah")).click()
    expect(office.get_by_role("button", name=re.compile("^Remove Sarah"))).to_be_visible()
    tester = visit(email=CUSTOMER)
    sarah = tester.open("/home")
    visitor = visit(email=NEIGHBOUR)
    other = visitor.open("/home")
    switch(office, on=False)
    # The open page of somebody who has to wait shuts by itself.
    expect(other.get_by_role("heading", level=1)).to_have_text(SOON)
    assert "Lindqvist" not in other.content()
    expect(other.get_by_role("link", name=re.compile("^Ring "))).to_be_visible()
    assert static_findings(other) == []
    visitor.watch.frames.clear()
    for path in ("/home", "/jobs", "/invoices", "/settings", "/"):
        other.goto(path)
        expect(other.get_by_role("heading", level=1)).to_have_text(SOON)
    assert visitor.watch.frames == []
    other.go_back(wait_until="commit")
    expect(other.get_by_role("heading", level=1)).to_have_text(SOON)
    # The tester's page has stayed and goes on working.
    expect(sarah.get_by_role("heading", level=1)).to_contain_text("Sarah")
    tester.open("/jobs", sarah)
    # By password too: the tester comes in, the other one is told.
    other.get_by_role("link", name=re.compile("^Sign in")).click()
    other.get_by_label("E-mail").fill(NEIGHBOUR)
    other.get_by_label("Password", exact=True).fill("porchlight-demo")
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.get_by_role("heading", level=1)).to_have_text(SOON)
    switch(office, on=True)
    visitor.open("/home", other)


def test_a_tester_no_longer_loses_the_open_page(visit: Visit):
    office = visit(email=OFFICE).open("/office/settings/access")
    office.get_by_role("searchbox", name="Add a tester").fill("sarah")
    office.get_by_role("button", name=re.compile("^Add Sarah")).click()
    expect(office.get_by_role("button", name=re.compile("^Remove Sarah"))).to_be_visible()
    switch(office, on=False)
    sarah = visit(email=CUSTOMER).open("/home")
    office.get_by_role("button", name=re.compile("^Remove Sarah")).click()
    expect(sarah.get_by_role("heading", level=1)).to_have_text(SOON)
