"""Open pages of people who signed out elsewhere, or whose access the office took back, shut themselves."""

import re
import time

import pytest
from playwright.sync_api import Page, Route, expect

from portal_app.pages.login.state import SENTENCES
from tests.browser.conftest import Visit
from tests.site import CUSTOMER, NEIGHBOUR, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SWITCH = """
from sqlmodel import select
from portal_app.database import transaction
from portal_app.models import Contact, Customer
from portal_app.services import access
from portal_app.services.actors import System
with transaction() as session:
    contact = session.exec(select(Contact).where(Contact.email == {email!r})).one()
    customer = session.get_one(Customer, contact.customer_id)
    access.set_portal_access(session, System("test"), customer.public_id, on={on})
"""


def shut(page: Page) -> None:
    page.wait_for_url(re.compile(r"/login\?e=ended$"))
    expect(page.get_by_role("alert")).to_contain_text(SENTENCES["ended"])


def answered_late(route: Route) -> None:
    answer = route.fetch(max_redirects=0)
    time.sleep(3)
    route.fulfill(response=answer)


def test_signing_out_in_one_tab_takes_the_other_along(visit: Visit):
    visitor = visit(email=CUSTOMER)
    first = visitor.open("/home")
    second = visitor.open("/home", visitor.context.new_page())
    second.locator(".account").click()
    # The news that the session is over must not overtake the answer, however long that takes.
    visitor.context.route("**/auth/logout", answered_late)
    second.get_by_role("button", name="Sign out").click()
    second.wait_for_url("**/login")
    shut(first)


def test_access_taken_back_shuts_the_open_page(visit: Visit, site: Site):
    visitor = visit(email=NEIGHBOUR)
    page = visitor.open("/home")
    site.portal.python(SWITCH.format(email=NEIGHBOUR, on=False))
    try:
        shut(page)
        assert "Lindqvist" not in page.content()
    finally:
        site.portal.python(SWITCH.format(email=NEIGHBOUR, on=True))


def test_an_open_page_lives_through_a_restart_of_the_portal(visit: Visit, site: Site):
    visitor = visit(email=CUSTOMER)
    visitor.watch.expected += ["WebSocket connection to"]
    page = visitor.open("/home")
    page.evaluate("window.stillTheSamePage = true")
    site.portal.stop()
    expect(page.get_by_text("No connection.")).to_be_visible()
    site.portal.start()
    expect(page.get_by_text("No connection.")).to_have_count(0, timeout=30_000)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Sarah"))
    assert page.evaluate("window.stillTheSamePage") is True
