"""Menus and photos on the page of every part: by keys, by swipes, by a click beside them, and for axe."""

import re

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import Visit
from tests.browser.floors import look
from tests.browser.visitor import DESKTOP, PHONE
from tests.pages.test_design import CSS, ELSEWHERE
from tests.site import OFFICE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def is_focused(page: Page, row: str) -> None:
    """Wait until a row has the focus: a menu that opens takes it a moment after it is seen."""
    page.wait_for_function("row => document.activeElement.innerText === row", arg=row)


def menu(page: Page):
    return page.locator("#light-menu")


def menu_button(page: Page):
    """Return the button of the menu once the page has come to rest where it is: scrolling shuts menus."""
    button = page.locator("#light-menu-button")
    button.scroll_into_view_if_needed()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return button


def viewer(page: Page):
    return page.get_by_role("dialog", name="Photos, light")


def told(page: Page):
    return viewer(page).get_by_role("status")


def swipe(touch: CDPSession, start: int, end: int) -> None:
    """Move a finger across the middle of a phone."""
    step = 10 if end > start else -10
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": start, "y": 400}]})
    for x in range(start + step, end + step, step):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": 400}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_menu_by_the_keyboard(visit: Visit):
    page = visit(size=DESKTOP, email=OFFICE).open("/office/design")
    button = menu_button(page)
    button.focus()
    page.keyboard.press("Enter")
    expect(menu(page)).to_be_visible()
    rows = ["Change", "Every part", "Remove"]
    for key, row in (
        ("", rows[0]),
        ("ArrowDown", rows[1]),
        ("ArrowDown", rows[2]),
        ("ArrowDown", rows[0]),
        ("ArrowUp", rows[2]),
        ("Home", rows[0]),
        ("End", rows[2]),
        ("e", rows[1]),
        ("c", rows[0]),
        ("z", rows[0]),
    ):
        if key:
            page.keyboard.press(key)
        is_focused(page, row)
    page.keyboard.press("Escape")
    expect(menu(page)).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("ArrowUp")
    is_focused(page, "Remove")
    page.keyboard.press("Enter")
    expect(menu(page)).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(menu(page)).to_be_hidden()


def test_a_menu_stands_by_its_button_and_shuts_beside_it(visit: Visit):
    page = visit(size=PHONE, email=OFFICE).open("/office/design")
    button = menu_button(page)
    button.click()
    below, panel = button.bounding_box(), menu(page).bounding_box()
    assert below
    assert panel
    assert panel["y"] == pytest.approx(below["y"] + below["height"] + 4, abs=2)
    assert 0 <= panel["x"] <= 360 - panel["width"]
    assert look(page) == []
    page.get_by_role("heading", name="Buttons").click()
    expect(menu(page)).to_be_hidden()


def test_photos_by_the_keyboard(visit: Visit):
    page = visit(size=DESKTOP, email=OFFICE).open("/office/design")
    thumb = page.locator("[data-views=light-photos-some-viewer]").nth(1)
    thumb.focus()
    page.keyboard.press("Enter")
    expect(told(page)).to_have_text("2 of 3: After dark")
    for key, words in (
        ("ArrowRight", "3 of 3"),
        ("ArrowRight", "3 of 3"),
        ("Home", "1 of 3: Before: by day"),
        ("ArrowLeft", "1 of 3: Before: by day"),
        ("End", "3 of 3"),
        ("ArrowLeft", "2 of 3: After dark"),
    ):
        page.keyboard.press(key)
        expect(told(page)).to_have_text(words)
    page.keyboard.press("Escape")
    expect(viewer(page)).to_be_hidden()
    expect(thumb).to_be_focused()


def test_photos_by_buttons(visit: Visit):
    page = visit(size=DESKTOP, email=OFFICE, reduced_motion=True).open("/office/design")
    page.locator("[data-views=light-photos-some-viewer]").first.click()
    before, after = (viewer(page).get_by_role("button", name=name) for name in ("Previous", "Next"))
    expect(before).to_have_attribute("aria-disabled", "true")
    after.click()
    after.click()
    expect(told(page)).to_have_text("3 of 3")
    expect(after).to_have_attribute("aria-disabled", "true")
    before.click()
    expect(told(page)).to_have_text("2 of 3: After dark")
    viewer(page).get_by_role("button", name="Close").click()
    expect(viewer(page)).to_be_hidden()


def test_photos_by_swipes(visit: Visit):
    visitor = visit(size=PHONE, email=OFFICE)
    page = visitor.open("/office/design")
    page.locator("[data-views=light-photos-some-viewer]").first.tap()
    expect(told(page)).to_have_text("1 of 3: Before: by day")
    assert viewer(page).bounding_box() == {"x": 0, "y": 0, **PHONE}
    touch = visitor.context.new_cdp_session(page)
    for start, end, words in ((300, 40, "2 of 3: After dark"), (300, 40, "3 of 3"), (40, 300, "2 of 3: After dark")):
        swipe(touch, start, end)
        expect(told(page)).to_have_text(words)
    assert look(page) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    assert look(page) == []


def test_a_thumbnail_is_a_link_for_whoever_wants_another_tab(visit: Visit):
    page = visit(size=DESKTOP, email=OFFICE).open("/office/design")
    thumb = page.locator("[data-views=light-photos-some-viewer]").first
    expect(thumb).to_have_attribute("href", "/brand/cover")
    with page.context.expect_page() as opened:
        thumb.click(modifiers=["Control"])
    opened.value.wait_for_url("**/brand/cover")
    expect(viewer(page)).to_be_hidden()


# The rules of the stylesheet whose element is not on the page, apart from the pointer, the focus and opening.
RULES_OF_NOTHING = """css => {
  const found = [];
  const look = rules => {
    for (const rule of rules) {
      if (rule.cssRules && rule.media && !/print|forced|reduced/.test(rule.conditionText)) look(rule.cssRules);
      for (const one of (rule.selectorText || "").split(/,(?![^(]*[)])/)) {
        const plain = one.replace(/::[\\w-]+/g, "").replace(/(^|[\\s>+~(]):(hover|focus[\\w-]*)/g, "$1*")
          .replace(/:(hover|focus[\\w-]*|popover-open)|\\[open\\](?! >)/g, "")
          .replace(/(html:not\\(\\.dark\\)|^\\.dark) (?=.)/g, "").trim();
        if (plain && !document.querySelector(plain)) found.push(one.trim());
      }
    }
  };
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  look(sheet.cssRules);
  return found;
}"""
# What a script or the browser brings about while one looks: copied, searched, on a Mac, at once and no longer.
PASSING = re.compile(r"data-(copied|stale|mac|when|problem)|aria-selected|:empty|not-allowed")
# What a frame or a single page puts into a part; a rule that is new has its place on the page, or is named here.
IN_PAGES = """
.dark
a.plain
time
[data-waits]
.input-icon .input-s + .icon
.chip[aria-pressed="true"]
.table tbody tr:last-child th
.table tbody th
span.md
.dark .thumbs img
.side-foot a
.side nav .count
.side nav hr
.office-head > .row
.swatch:checked
.menu-panel p
.menu-label
.password:has([type="text"]) .when-hidden
.owed > .btn
.owed > .between > .btn
.owed > .badge
.people-table td .item-sub
input.swatch
input.sr:focus-visible + .btn
input[type="range"]
.prose h2
.prose h4
.prose pre
.answer > a
.list.choices
.list.choices a.item-title
.palette-list .item
mark
.visit .eta-day
.eta-day + p
.between:has(> .eta-day)
.notice .row-title
details.stack-s
details.stack-s[open]
details > summary.btn:not(.btn-block)
"""


def test_every_state_that_has_a_rule_is_shown(visit: Visit):
    page = visit(size=DESKTOP, email=OFFICE).open("/office/design")
    own = re.compile("|".join(rf"\.{name}(?![\w-])" for name in ELSEWHERE))
    found = page.evaluate(RULES_OF_NOTHING, CSS)
    missing = {rule for rule in found if not own.search(rule) and not PASSING.search(rule)}
    # The office's menu counts what waits, if anything does.
    assert missing | {".side nav .count"} == set(IN_PAGES.strip().split("\n"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_can_be_pressed_answers_the_pointer_and_what_cannot_does_not(visit: Visit, theme: str):
    page = visit(size=DESKTOP, email=OFFICE).open("/office/design")
    look_of = "one => { const s = getComputedStyle(one); return s.backgroundColor + s.borderColor; }"
    pane = page.locator(f".theme-{theme}").nth(1)
    for kind in (".btn-primary", ".btn-quiet", ".btn-icon", ".btn-block"):
        able = pane.locator(f"{kind}:not(:disabled)").first
        page.mouse.move(0, 0)
        before = able.evaluate(look_of)
        able.hover()
        page.wait_for_function(f"([one, was]) => ({look_of})(one) !== was", arg=[able.element_handle(), before])
    off = pane.locator(".btn-primary:disabled").first
    assert off.evaluate("one => getComputedStyle(one).cursor") == "not-allowed"
