"""A visit moves in the CRM's own page, and the customer's open page shows it without a reload."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visit
from tests.browser.crm_page import CrmPage
from tests.browser.visitor import SIZES
from tests.site import CUSTOMER, NEIGHBOUR, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SARAHS_WORDS = (
    "Sarah", "Whitcombe", "Chestnut Road", "Julian House", "The cottage", "2291", "1048", "Dave is", "magnetic filter"
)  # fmt: skip


@pytest.fixture
def crm_page(chromium: Browser, site: Site) -> Iterator[CrmPage]:
    desk = CrmPage(chromium, site)
    desk.schedule()
    yield desk
    desk.schedule()
    desk.close()


def says(page: Page, headline: str) -> None:
    expect(page.get_by_role("region", name="Your visit").get_by_role("heading")).to_have_text(
        re.compile(headline), timeout=20_000
    )


def step(page: Page) -> str:
    return page.locator(".steps [aria-current=step]").inner_text()


@pytest.mark.parametrize("size", SIZES)
def test_a_visit_moves_on_the_open_page(visit: Visit, crm_page: CrmPage, size: str):
    visitor = visit(size=SIZES[size])
    page = visitor.page
    page.goto("/")
    visitor.sign_in(CUSTOMER)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Good (morning|afternoon|evening), Sarah$"))
    says(page, r"^Dave is coming between \d+\S* and \d+")
    expect(page.get_by_text(re.compile(r"^As of \d\d:\d\d$"))).to_be_visible()
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    page.evaluate("window.stillTheSamePage = true")

    crm_page.press("Set off")
    says(page, "^Dave is on the way$")
    assert step(page) == "On the way"
    expect(page.get_by_text("likely arrival")).to_be_visible()
    expect(page.get_by_text(re.compile("told at"))).to_be_visible()

    start = datetime.fromisoformat(crm_page.value("window_start"))
    eta = start + timedelta(minutes=75)
    crm_page.change("eta_at", eta.strftime("%Y-%m-%dT%H:%M"))
    expect(page.locator(".eta")).to_have_text(eta.strftime("%H:%M"))
    crm_page.change("technician", "Priya Nair")
    says(page, "^Priya is on the way$")
    crm_page.change("update", "Stuck behind a tractor on Lansdown Hill")
    expect(page.get_by_text("Stuck behind a tractor")).to_be_visible()

    crm_page.press("Arrived, start")
    says(page, "^Priya is here$")
    assert step(page) == "In progress"
    crm_page.press("Complete")
    says(page, "^All done")
    expect(page.locator(".steps [data-state=done]")).to_have_count(4)
    assert page.evaluate("window.stillTheSamePage") is True
    assert loads == []


def test_an_open_page_says_when_the_line_is_cut_and_catches_up(visit: Visit, crm_page: CrmPage):
    visitor = visit(email=CUSTOMER)
    page = visitor.open("/home")
    says(page, "^Dave is coming")
    visitor.watch.expected += ["ERR_INTERNET_DISCONNECTED"]
    visitor.context.set_offline(True)
    expect(page.get_by_text("No connection.")).to_be_visible()
    crm_page.press("Set off")
    visitor.context.set_offline(False)
    says(page, "^Dave is on the way$")
    expect(page.get_by_text("No connection.")).to_have_count(0)


def test_show_earlier_adds_the_rest_of_the_history(visit: Visit):
    page = visit(email=CUSTOMER).open("/home")
    rows = page.locator(".timeline > li")
    before = rows.count()
    more = page.get_by_role("button", name="Show earlier")
    presses = 0
    while more.is_visible():
        shown = rows.count()
        more.click()
        expect(rows.nth(shown)).to_be_visible()
        presses += 1
        assert presses < 30
    assert presses > 0
    titles = [" ".join(text.split()) for text in rows.all_inner_texts()]
    assert len(titles) > before
    assert len(titles) == len(set(titles))


def test_a_neighbour_is_told_nothing_of_sarahs(visit: Visit):
    visitor = visit(email=NEIGHBOUR)
    page = visitor.open("/home")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Jo")
    told = page.content() + "".join(visitor.watch.frames)
    assert "Lindqvist" in told
    assert [word for word in SARAHS_WORDS if word in told] == []
