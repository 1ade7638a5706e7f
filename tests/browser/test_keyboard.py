"""Everything is reached by Tab, in the order of the page, and one sees where one is."""

import pytest

from portal_app import routes
from tests.browser.conftest import Visit
from tests.browser.test_axe import WHO
from tests.browser.visitor import SIZES
from tests.site import OFFICE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
REACHABLE = """() => {
  const all = [...document.querySelectorAll(
      "a[href], button, summary, select, textarea, input:not([type=hidden]), [tabindex='0']")]
    .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.disabled && one.tabIndex >= 0)
    // A group of radio buttons is one stop: the chosen one, or its first. Arrows go on from there.
    .filter(one => one.type !== "radio" || one === (document.querySelector(`[name="${one.name}"]:checked`)
      ?? document.querySelector(`[name="${one.name}"]`)));
  all.forEach((one, index) => one.dataset.stop = index);
  return all.map(one => one.outerHTML.slice(0, 90));
}"""
# A field for a date is several stops: day, month, year, calendar.
MOST_PARTS = 5
# A stop is seen when its outline is drawn and a part of it is neither off the screen nor under a bar.
HERE = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const points = [[.5, .5], [.1, .5], [.9, .5], [.5, .1], [.5, .9]];
  const seen = points.some(([x, y]) => {
    const top = document.elementFromPoint(box.x + box.width * x, box.y + box.height * y);
    return top && (one.contains(top) || top.contains(one) && !top.matches("html, body"));
  });
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return {stop: Number(one.dataset.stop), outlined, seen, html: one.outerHTML.slice(0, 90)};
}"""


# Both widths where both are used most; the office's frame on the phone is the same on all its pages.
STOPS = [
    (path, size)
    for path, who in WHO.items()
    for size in SIZES
    if size == "desktop" or who != OFFICE or path in (routes.OFFICE_CUSTOMERS, routes.OFFICE_DESIGN)
]


@pytest.mark.parametrize(("path", "size"), STOPS)
def test_tab_goes_everywhere(visit: Visit, path: str, size: str):
    page = visit(size=SIZES[size], email=WHO[path]).open(path)
    wanted = page.evaluate(REACHABLE)
    stops = []
    for _ in range(len(wanted) * MOST_PARTS):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here is None or (stops and here["stop"] == stops[0]["stop"]):
            break
        stops.append(here)
    reached = [stop["stop"] for stop in stops]
    assert [html for number, html in enumerate(wanted) if number not in reached] == []
    assert reached == sorted(reached)
    assert [stop["html"] for stop in stops if not stop["outlined"]] == []
    assert [stop["html"] for stop in stops if not stop["seen"]] == []


def test_skip_link_leads_past_the_navigation(visit: Visit):
    page = visit(email=WHO["/home"]).open("/home")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
