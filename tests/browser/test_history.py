"""The whole history in a browser: from home to it, by kind, words, property and year, and on to the job."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import SIZES
from tests.site import CUSTOMER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.mark.parametrize("size", SIZES)
def test_finding_what_was_done(visit: Visit, size: str):
    page = visit(size=SIZES[size], email=CUSTOMER).open("/home")
    page.get_by_role("link", name="All of it, with photos and search").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("History")
    rows = page.locator(".timeline > li")
    photos = rows.filter(has=page.get_by_text("6 photos", exact=True))
    expect(photos.locator("img")).to_have_count(4, timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Work", exact=True).click()
    expect(page).to_have_url(re.compile("show=work"))
    expect(rows.filter(has_text="Invoice")).to_have_count(0)
    before = rows.count()
    page.get_by_label("Search the history").fill("softener RESIN")
    page.get_by_label("Search the history").press("Enter")
    expect(page).to_have_url(re.compile("q=softener"))
    expect(rows.first).to_contain_text("Water softener check")
    expect(rows).not_to_have_count(before)
    assert 0 < rows.count() < before
    page.get_by_label("Search the history").fill("no such thing")
    page.get_by_label("Search the history").press("Enter")
    expect(page.get_by_text("Nothing is found here")).to_be_visible()
    page.get_by_role("link", name="The whole history").click()
    expect(rows.first).to_be_visible()
    year = page.get_by_label("Year").locator("option").nth(2).inner_text()
    page.get_by_label("Year").select_option(year)
    page.get_by_role("button", name="Go there").click()
    expect(page).to_have_url(re.compile(f"year={year}"))
    expect(page.get_by_role("heading", level=3).first).to_have_text(year)
    page.get_by_role("navigation", name="Property").get_by_role("link", name="The cottage").click()
    expect(page).to_have_url(re.compile(f"year={year}.*property=|property=.*year={year}"))
    page.go_back()
    expect(page.get_by_role("heading", level=3).first).to_have_text(year)
    rows.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/(jobs|invoices)/"))
