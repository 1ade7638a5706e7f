"""Measured on every page: weight, layout shift, the first frame's colour, sideways scrolling, size of targets."""

import sys

import pytest
from playwright.sync_api import Page

from portal_app import routes
from tests.browser.conftest import Visit
from tests.browser.test_axe import WHO
from tests.browser.test_theme import CANVAS, EVERY_FRAME, painted
from tests.browser.visitor import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
MOST_KIB = 220
MOST_SHIFT = 0.02
WIDTHS = (320, 360, 768, 1024, 1280)
# Half of a viewport is what is left of it at 200 % zoom.
ZOOMED = DESKTOP["width"] // 2, DESKTOP["height"] // 2
SHIFT = """
window.shift = 0; window.moved = [];
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    window.shift += entry.value;
    for (const {node, previousRect, currentRect} of entry.sources)
      window.moved.push(`${node?.parentElement?.outerHTML.slice(0, 90)} ${previousRect.y} to ${currentRect.y}`);
  }
}).observe({type: "layout-shift", buffered: true});
"""
# What the server tells is held back until the page before it has been painted, as on a slow line.
SLOW_LINE = """
const frame = () => new Promise(done => requestAnimationFrame(done));
const first = new Promise(done => new PerformanceObserver(list => {
  if (list.getEntriesByName("first-contentful-paint").length) done();
}).observe({type: "paint", buffered: true}));
let told = first;
const plain = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
Object.defineProperty(WebSocket.prototype, "onmessage", {...plain, set(answer) {
  plain.set.call(this, event => { told = told.then(frame).then(frame).then(() => answer.call(this, event)); });
}});
"""
STICKS_OUT = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > root.clientWidth + 1)
    .map(one => one.outerHTML.slice(0, 120)).slice(0, 5);
}"""
# WCAG 2.2 leaves out links within a sentence, and a control whose label makes its target bigger.
TARGETS = """() => [...document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden])")]
  .filter(one => one.checkVisibility() && !one.closest("p, .skip, .sr"))
  .map(one => {
    const box = (one.closest("label") ?? one).getBoundingClientRect();
    return [one.outerHTML.slice(0, 100), Math.round(box.width), Math.round(box.height)];
  })"""


@pytest.mark.parametrize("path", WHO)
def test_weight_first_frame_and_shift(visit: Visit, record_property, path: str):
    """A first visit on a phone in the dark, then one at a desk by day."""
    visitor = visit(size=PHONE, scheme="dark", email=WHO[path])
    visitor.page.add_init_script(SHIFT)
    visitor.page.add_init_script(SLOW_LINE)
    visitor.page.add_init_script(EVERY_FRAME)
    network = visitor.context.new_cdp_session(visitor.page)
    network.send("Network.enable")
    finished: list[float] = []
    network.on("Network.loadingFinished", lambda event: finished.append(event["encodedDataLength"]))
    page = visitor.open(path)
    page.wait_for_load_state("networkidle")
    weight = sum(finished) / 1024
    shift = page.evaluate("shift")
    record_property("weight_kib", round(weight, 1))
    # Shown by `pytest -rP`.
    sys.stdout.write(f"{path}: {weight:.1f} KiB in {len(finished)} answers, layout shift {shift:.4f}\n")
    assert weight <= MOST_KIB
    assert shift <= MOST_SHIFT, page.evaluate("moved")
    assert painted(page) == [CANVAS["dark"]]
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
    visitor.open(path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("shift") <= MOST_SHIFT, page.evaluate("moved")
    assert painted(page) == [CANVAS["light"]]


@pytest.mark.parametrize("path", [*WHO, "/nowhere"])
def test_everything_fits_and_is_big_enough_for_a_thumb(visit: Visit, path: str):
    visitor = visit(size=PHONE, email=WHO.get(path, ""))
    visitor.watch.expected.append("404")
    page = visitor.open(path)
    if path in WHO:
        big_enough(page, path)
    found = {}
    for width, height in [*((width, 800) for width in WIDTHS), ZOOMED]:
        page.set_viewport_size({"width": width, "height": height})
        found[width, height] = page.evaluate(STICKS_OUT)
    assert [(size, places) for size, places in found.items() if places] == []


def small(page: Page, least: int) -> list:
    targets = page.evaluate(TARGETS)
    assert targets
    return [target for target in targets if min(target[1:]) < least]


def big_enough(page: Page, path: str) -> None:
    """Fail when a target is too small: 44 px on a phone, 24 px at a desk; the menus are open."""
    if path == routes.HOME:
        page.locator(".account").click()
    if path == routes.OFFICE_SYNC:
        page.get_by_role("button", name="Menu").click()
    assert small(page, 44) == []
    page.set_viewport_size(DESKTOP)
    assert small(page, 24) == []
    page.keyboard.press("Escape")
