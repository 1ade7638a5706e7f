"""The office tries a colour, saves it, and customers' pages wear it: from the first frame, in both themes."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal_app.services import brand_colours
from tests.browser.conftest import Visit
from tests.browser.floors import CANVAS, findings, look
from tests.browser.visitor import DESKTOP
from tests.running import wait_for
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

# All that the theme and the brand decide, as it is in each frame.
LOOK_OF_EVERY_FRAME = """
window.looks = [];
const variables = ["--brand", "--brand-strong", "--brand-soft", "--brand-contrast", "--brand-panel", "--brand-glow",
  "--canvas", "--surface", "--ink"];
const note = () => {
  if (document.body) {
    const style = getComputedStyle(document.documentElement), body = getComputedStyle(document.body);
    const look = Object.fromEntries(variables.map(name => [name, style.getPropertyValue(name).trim()]));
    Object.assign(look, {scheme: style.colorScheme, canvas: style.backgroundColor, ink: body.color, font: body.font});
    const seen = JSON.stringify(look);
    if (looks.at(-1) !== seen) looks.push(seen);
  }
  requestAnimationFrame(note);
};
requestAnimationFrame(note);
"""
EXPIRED = "/l/expired"


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


@pytest.mark.parametrize(
    ("path", "email"), [("/login", ""), ("/home", CUSTOMER), ("/office/customers", OFFICE), (EXPIRED, "")]
)
def test_the_first_frame_wears_the_settled_theme_and_brand(visit: Visit, site: Site, path: str, email: str):
    saved = brand_colours.light(ACCENT), brand_colours.dark(ACCENT)
    client = site.portal.client()
    with site.portal.rows() as rows:
        rows.execute("UPDATE business SET accent = ?, accent_2 = '#2f6f3e'", (ACCENT,))
    try:
        wait_for(lambda: saved[0].main in client.get("/brand.css").text, "the saved brand to be served")
        for scheme, brand in zip(("light", "dark"), saved, strict=True):
            visitor = visit(scheme=scheme, email=email)
            visitor.watch.expected += ["404", "410"]
            visitor.page.add_init_script(LOOK_OF_EVERY_FRAME)
            page = visitor.open(path)
            page.wait_for_load_state("networkidle")
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            looks = page.evaluate("looks.map(look => JSON.parse(look))")
            assert len(looks) == 1, looks
            assert (looks[0]["scheme"], looks[0]["--brand"], looks[0]["canvas"]) == (scheme, brand.main, CANVAS[scheme])
    finally:
        with site.portal.rows() as rows:
            rows.execute("UPDATE business SET accent = '', accent_2 = ''")
        wait_for(lambda: saved[0].main not in client.get("/brand.css").text, "the portal's own brand to be back")


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
