"""The office tries a colour, saves it, and customers' pages wear it: from the first frame, in both themes."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal_app.services import brand_colours
from tests.browser.conftest import Visit
from tests.browser.test_axe import findings, look
from tests.browser.visitor import DESKTOP
from tests.site import CUSTOMER, OFFICE, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
ACCENT = "#8a3b21"
# Frame callbacks run just before each paint.
BRAND_OF_EVERY_FRAME = """
window.brands = [];
const note = () => {
  if (document.body) {
    const brand = getComputedStyle(document.documentElement).getPropertyValue("--brand").trim();
    if (brands.at(-1) !== brand) brands.push(brand);
  }
  requestAnimationFrame(note);
};
requestAnimationFrame(note);
"""


def brand_of(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--brand').trim()")


def test_a_brand_is_tried_saved_and_worn_by_open_and_new_pages(visit: Visit, site: Site):
    customer = visit(email=CUSTOMER)
    before = customer.open("/home")
    office = visit(email=OFFICE, size=DESKTOP)
    page = office.open("/office/settings/brand")
    try:
        page.get_by_label("Your own").fill("#ffffff")
        page.get_by_role("button", name="Save brand").click()
        expect(page.get_by_text("cannot be seen on a white page")).to_be_visible()
        expect(page.get_by_label("Your own")).to_be_focused()
        page.get_by_role("button", name="Brick").click()
        expect(page.get_by_label("Your own")).to_have_value(ACCENT)
        assert brand_of(page) == brand_colours.OWN_ACCENT, "what is tried is seen in the preview alone"
        page.get_by_role("button", name="Save brand").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        assert findings(page) == []

        assert brand_of(before) == brand_colours.OWN_ACCENT
        before.get_by_role("navigation").get_by_role("link", name="Jobs", exact=True).locator("visible=true").click()
        before.locator("#past").wait_for()
        before.wait_for_function(
            f"getComputedStyle(document.documentElement).getPropertyValue('--brand') == '{ACCENT}'"
        )

        for scheme, brand in (("light", brand_colours.light(ACCENT)), ("dark", brand_colours.dark(ACCENT))):
            fresh = visit(email=CUSTOMER, scheme=scheme)
            fresh.page.add_init_script(BRAND_OF_EVERY_FRAME)
            home = fresh.open("/home")
            expect(home.locator("html")).to_have_class(re.compile(scheme))
            assert home.evaluate("brands") == [brand.main]
            assert findings(home) == []
    finally:
        with site.portal.rows() as rows:
            rows.execute("UPDATE business SET accent = '', accent_2 = ''")


def test_every_part_is_there_to_be_seen_in_both_themes_and_opens(visit: Visit):
    page = visit(email=OFFICE, size=DESKTOP).open("/office/settings/brand")
    page.get_by_role("link", name="See every part").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Every part")
    dark = page.locator(".pane.theme-dark")
    for word in ("Dialog", "Ask once", "Drawer"):
        dark.get_by_role("button", name=word).click()
        opened = page.locator("dialog[open]")
        expect(opened).to_be_visible()
        expect(opened).to_have_css("background-color", "rgb(22, 28, 27)")
        assert look(page) == []
        page.keyboard.press("Escape")
        expect(opened).to_have_count(0)
        expect(dark.get_by_role("button", name=word)).to_be_focused()
    logo = dark.locator(".paper img.only-dark")
    logo.scroll_into_view_if_needed()
    page.wait_for_function("one => one.naturalWidth > 0 && one.checkVisibility()", arg=logo.element_handle())
    expect(dark.locator(".paper img.only-light")).to_be_hidden()
