"""What is asked of every page, whatever it is for: axe, weight, layout shift, first frame, fit, targets, Tab.

`meets_every_floor` looks at a page in two visits; the others are for single states of a page that is open.
"""

import re
import sys
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from portal_app import routes
from tests.browser.visitor import DESKTOP, PHONE, Scheme, Visitor
from tests.site import OFFICE

MOST_KIB = 220
MOST_SHIFT = 0.02
CANVAS = {"light": "rgb(244, 246, 245)", "dark": "rgb(14, 19, 18)"}
# What the pages looked like in the last test run, for people; ignored by git.
PICTURES = Path(__file__).parents[2] / ".pictures"
TABLET: ViewportSize = {"width": 768, "height": 1024}
# One page of each kind of frame.
SHELLS = (routes.LOGIN, routes.HOME, routes.OFFICE_CUSTOMERS)
WIDTHS = (320, 360, 768, 1024, 1280)
# Half of a viewport is what is left of it at 200 % zoom.
ZOOMED = DESKTOP["width"] // 2, DESKTOP["height"] // 2
# Of what passed only the number is needed; the page would spend longer on telling it than on finding it.
_AXE = """() => axe.run({resultTypes: ["violations"]}).then(({passes, violations}) => ({
  passed: passes.length,
  found: violations.flatMap(rule => rule.nodes.map(node => `${rule.id} at ${node.target}: ${node.failureSummary}`)),
}))"""
# A colour on its way between the themes is neither, and what slides in is not there yet; what breathes goes on.
_SETTLED = """() => Promise.allSettled(
  document.getAnimations().filter(one => one.effect.getComputedTiming().endTime < Infinity).map(one => one.finished))"""
# Frame callbacks run just before each paint, and not at all while the stylesheet keeps painting back.
EVERY_FRAME = """
window.painted = [];
const note = () => {
  if (document.body) {
    const colour = getComputedStyle(document.documentElement).backgroundColor;
    if (painted.at(-1) !== colour) painted.push(colour);
  }
  requestAnimationFrame(note);
};
requestAnimationFrame(note);
"""
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
_STICKS_OUT = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > root.clientWidth + 1)
    .map(one => one.outerHTML.slice(0, 120)).slice(0, 5);
}"""
# WCAG 2.2 leaves out links within a sentence, and a control whose label makes its target bigger.
_TARGETS = """() => [...document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden])")]
  .filter(one => one.checkVisibility() && !one.closest("p, .skip, .sr"))
  .map(one => {
    const box = (one.closest("label") ?? one).getBoundingClientRect();
    return [one.outerHTML.slice(0, 100), Math.round(box.width), Math.round(box.height)];
  })"""
_REACHABLE = """() => {
  document.activeElement?.blur();
  scrollTo(0, 0);
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
_MOST_PARTS = 5
# A stop is seen when its outline is drawn and a part of it is neither off the screen nor under a bar.
_HERE = """() => {
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


def meets_every_floor(visitor: Visitor, path: str, who: str) -> None:
    """Look at a page first on a phone in the dark, on a slow line, and then at a desk by day.

    `visitor` is somebody with such a phone who has not been here before; `who` is their e-mail.
    """
    weight = measured(visitor, path)
    page = visitor.page
    # Shown by `pytest -rP`.
    sys.stdout.write(f"{path}: {weight:.1f} KiB, layout shift {page.evaluate('shift'):.4f}\n")
    assert weight <= MOST_KIB
    holds_still(page, "dark")
    # The office's frame on the phone is the same on all its pages.
    if who != OFFICE or path in (routes.OFFICE_CUSTOMERS, routes.OFFICE_DESIGN):
        tab_goes_everywhere(page)
    open_the_menu(page, path)
    targets_are_at_least(page, 44)
    page.keyboard.press("Escape")
    found = in_both_themes(page, path)
    fits(page)
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
    visitor.open(path).wait_for_load_state("networkidle")
    holds_still(page, "light")
    tab_goes_everywhere(page)
    targets_are_at_least(page, 24)
    found += in_both_themes(page, path)
    if path in SHELLS:
        page.set_viewport_size(TABLET)
        found += in_both_themes(page, path)
    assert found == []


def open_the_menu(page: Page, path: str) -> None:
    """Open what is shut on a phone, on one page of the customers' and one of the office's."""
    if path == routes.HOME:
        page.locator(".account").click()
    if path == routes.OFFICE_SYNC:
        page.get_by_role("button", name="Menu").click()


def measured(visitor: Visitor, path: str) -> float:
    """Open a page for the first time in this browser, its socket held back; returns the KiB that came for it."""
    for script in (SHIFT, SLOW_LINE, EVERY_FRAME):
        visitor.page.add_init_script(script)
    network = visitor.context.new_cdp_session(visitor.page)
    network.send("Network.enable")
    finished: list[float] = []
    network.on("Network.loadingFinished", lambda event: finished.append(event["encodedDataLength"]))
    visitor.open(path).wait_for_load_state("networkidle")
    network.detach()
    return sum(finished) / 1024


def holds_still(page: Page, scheme: Scheme) -> None:
    """Fail when the page moved while it arrived, or was painted in any other theme first."""
    assert page.evaluate("shift") <= MOST_SHIFT, page.evaluate("moved")
    assert painted(page) == [CANVAS[scheme]]


def painted(page: Page) -> list[str]:
    """Return the page's colours from the first frame on, each change once."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.evaluate("painted")


def wear(page: Page, scheme: Scheme) -> None:
    """Turn the system's theme, and wait until the page follows."""
    page.emulate_media(color_scheme=scheme)
    expect(page.locator("html")).to_have_class(re.compile(scheme))


def findings(page: Page) -> list[str]:
    """Return what axe finds on a state of a page: on a phone by day, and at a desk in the dark.

    That each page and each part is right in both themes at both widths is looked at once, by `meets_every_floor`.
    """
    found = []
    looks: list[tuple[ViewportSize, Scheme]] = [(PHONE, "light"), (DESKTOP, "dark")]
    for size, scheme in looks:
        page.set_viewport_size(size)
        wear(page, scheme)
        found += [f"{line} in {scheme}" for line in look(page)]
    return found


def in_both_themes(page: Page, path: str = "") -> list[str]:
    """Return what axe finds on a page at the width it has, in both themes; with a path, keep pictures of it."""
    found = []
    for scheme in ("light", "dark"):
        wear(page, scheme)
        found += [f"{line} in {scheme}" for line in look(page)]
        if path:
            name = re.sub(r"\W+", "-", path).strip("-")
            width = (page.viewport_size or PHONE)["width"]
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png", full_page=True)
    return found


def static_findings(page: Page) -> list[str]:
    """Return what axe finds on a page without scripts of its own, which takes its theme when it is loaded.

    No page of this kind is among those of `meets_every_floor`: all four combinations are looked at.
    """
    found = []
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.reload()
            wear(page, scheme)
            found += [f"{line} in {scheme}" for line in look(page)]
    return found


def look(page: Page) -> list[str]:
    """Return what axe finds on a page as it is now: rule, place, reason and width."""
    page.evaluate(_SETTLED)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(Axe().axe_script)
    results: dict[str, Any] = page.evaluate(_AXE)
    assert results["passed"] > 5
    width = (page.viewport_size or PHONE)["width"]
    return [f"{line} ({width} px)" for line in results["found"]]


def fits(page: Page) -> None:
    """Fail when a page can be pushed sideways at any width; leaves it at another size."""
    found = {}
    for width, height in [*((width, 800) for width in WIDTHS), ZOOMED]:
        page.set_viewport_size({"width": width, "height": height})
        found[width, height] = page.evaluate(_STICKS_OUT)
    wide = [f"{size}: {places}" for size, places in found.items() if places]
    assert wide == [], wide


def targets_are_at_least(page: Page, least: int) -> None:
    """Fail when something to press is smaller than that many px."""
    targets = page.evaluate(_TARGETS)
    assert targets
    small = [target for target in targets if min(target[1:]) < least]
    assert small == [], small


def tab_goes_everywhere(page: Page) -> None:
    """Fail when Tab from the top leaves something out, jumps back, or one does not see where one is."""
    wanted = page.evaluate(_REACHABLE)
    stops = []
    for _ in range(len(wanted) * _MOST_PARTS):
        page.keyboard.press("Tab")
        here = page.evaluate(_HERE)
        if here is None or (stops and here["stop"] == stops[0]["stop"]):
            break
        stops.append(here)
    reached = [stop["stop"] for stop in stops]
    assert [html for number, html in enumerate(wanted) if number not in reached] == []
    assert reached == sorted(reached)
    assert [stop["html"] for stop in stops if not stop["outlined"]] == []
    assert [stop["html"] for stop in stops if not stop["seen"]] == []
