"""A visit on the open page of its job: late, on hold, going on, cancelled; and on a device in another zone."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from portal_app.demo.crm.business.today import ON_THE_WAY
from tests.browser.conftest import Visit
from tests.browser.crm_page import CrmPage
from tests.browser.floors import findings
from tests.browser.visitor import SIZES
from tests.site import CUSTOMER, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def crm_page(chromium: Browser, site: Site) -> Iterator[CrmPage]:
    desk = CrmPage(chromium, site)
    desk.schedule()
    yield desk
    desk.schedule()
    desk.close()


@pytest.mark.parametrize("size", SIZES)
def test_a_visit_that_does_not_go_as_planned(visit: Visit, site: Site, crm_page: CrmPage, size: str):
    visitor = visit(size=SIZES[size], email=CUSTOMER)
    page = visitor.open("/home")
    page.get_by_role("region", name="Your visit").get_by_role("link").click()
    step = page.locator(".track [aria-current=step] h3")
    expect(step).to_have_text("Scheduled")
    page.evaluate("window.stillTheSamePage = true")

    crm_page.press("Set off")
    expect(step).to_have_text("On the way", timeout=20_000)
    expect(page.locator("#fresh")).to_have_text(re.compile(r"; now likely \d\d:\d\d.*, told at \d\d:\d\d\."))
    late = datetime.fromisoformat(crm_page.value("window_end")) + timedelta(minutes=30)
    crm_page.change("eta_at", late.strftime("%Y-%m-%dT%H:%M"))
    # "at 22:00", or with its day where that is tomorrow.
    expect(page.get_by_text(re.compile("Likely later than the window, which ends (at|on) "))).to_be_visible(
        timeout=20_000
    )
    expect(page.locator("#fresh")).to_contain_text(f"now likely {late.strftime('%H:%M')}")
    assert findings(page) == []

    site.crm.patch("visits", ON_THE_WAY, status_reason="We wait for a valve.")
    crm_page.page.goto("/")
    crm_page.press("Put on hold")
    expect(step).to_have_text("On hold", timeout=20_000)
    expect(page.locator(".track")).to_contain_text("We wait for a valve.")
    expect(page.locator("#fresh")).to_have_count(0)
    crm_page.press("Go on")
    expect(step).to_have_text("In progress", timeout=20_000)
    expect(page.locator(".track [data-state=done] h3", has_text="On hold")).to_be_visible()
    crm_page.press("Cancel")
    expect(page.locator(".track [data-state=stopped]")).to_contain_text("Cancelled", timeout=20_000)
    assert page.evaluate("window.stillTheSamePage") is True
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    site.crm.patch("visits", ON_THE_WAY, status_reason="")


def test_a_device_elsewhere_shows_the_businesss_clock(chromium: Browser, visit: Visit, crm_page: CrmPage):
    visitor = visit(email=CUSTOMER)
    said = visitor.open("/home").get_by_role("region", name="Your visit").inner_text()
    far = chromium.new_context(
        base_url=visitor.site.url,
        storage_state=visitor.context.storage_state(),
        timezone_id="Pacific/Auckland",
        locale="en-US",
    )
    try:
        page = far.new_page()
        page.goto("/home")
        page.locator(".as-of").wait_for()
        assert page.get_by_role("region", name="Your visit").inner_text() == said
    finally:
        far.close()


def test_a_search_finds_jobs_and_keeps_what_was_typed(visit: Visit):
    page = visit(email=CUSTOMER).open("/jobs")
    page.get_by_role("searchbox", name="Search jobs").fill("tap drips")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/jobs\?q=tap"))
    expect(page.locator(".record")).to_have_count(1)
    expect(page.locator(".record")).to_contain_text("Bath tap drips")
    page.reload()
    expect(page.get_by_role("searchbox", name="Search jobs")).to_have_value("tap drips")
