"""The office's page of the CRM connection: asks for a pass, and says in words what is wrong."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import DESKTOP
from tests.site import CUSTOMER, OFFICE, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_poll_now_answers_and_a_crm_that_is_down_is_told_in_words(visit: Visit, site: Site):
    page = visit(size=DESKTOP, email=OFFICE).open("/office/sync")
    state = page.get_by_role("region", name="State of the connection")
    expect(state).to_contain_text("Up to date")
    page.get_by_role("button", name="Poll now").click()
    expect(page.get_by_role("status").get_by_text("Asked.")).to_be_visible()
    page.evaluate("window.stillTheSamePage = true")
    site.crm.stop()
    try:
        expect(state).to_contain_text("Trouble", timeout=20_000)
        expect(state).to_contain_text("We keep trying by ourselves.")
        told = state.inner_text()
        assert "Traceback" not in told
        assert "Errno" not in told
    finally:
        site.crm.start()
    page.get_by_role("button", name="Poll now").click()
    expect(state).to_contain_text("Up to date", timeout=30_000)
    assert page.evaluate("window.stillTheSamePage") is True


def test_a_customer_finds_no_office(visit: Visit):
    visitor = visit(email=CUSTOMER)
    visitor.watch.expected.append("404")
    visitor.page.goto("/office/sync")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("We could not find that page")
    visitor.page.get_by_role("link", name="Go to the start").click()
    visitor.page.wait_for_url("**/home")
