"""The visitor's switch is remembered and right from the first frame, as the office's default is; motion can be off.

That every page's first frame follows the system is one of the `floors`.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.floors import CANVAS, EVERY_FRAME, painted
from tests.browser.visitor import Scheme
from tests.running import wait_for
from tests.site import CUSTOMER, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.mark.parametrize(("system", "chosen"), [("light", "dark"), ("dark", "light")])
def test_the_switch_is_remembered(visit: Visit, system: Scheme, chosen: Scheme):
    visitor = visit(scheme=system, email=CUSTOMER)
    visitor.page.add_init_script(EVERY_FRAME)
    page = visitor.open("/home")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_css("background-color", CANVAS[chosen])
    assert painted(visitor.open("/home")) == [CANVAS[chosen]]
    visitor.watch.expected.append("404")
    assert painted(visitor.open("/nowhere")) == [CANVAS[chosen]]


def test_the_offices_default_holds_until_the_visitor_switches(visit: Visit, site: Site):
    visitor = visit(scheme="light")
    visitor.page.add_init_script(EVERY_FRAME)
    client = site.portal.client()
    with site.portal.rows() as rows:
        rows.execute("update business set theme = 'dark'")
    try:
        wait_for(lambda: '"dark", chosen' in client.get("/theme.js").text, "the office's default to be served")
        # Twice: what the first visit leaves in the browser's storage must not count as the visitor's wish.
        assert painted(visitor.open("/login")) == [CANVAS["dark"]]
        assert painted(visitor.open("/login")) == [CANVAS["dark"]]
    finally:
        with site.portal.rows() as rows:
            rows.execute("update business set theme = 'system'")


def test_another_default_is_on_open_pages_at_the_next_navigation_but_not_for_who_chose(visit: Visit, site: Site):
    client = site.portal.client()

    def set_default(theme: str) -> None:
        with site.portal.rows() as rows:
            rows.execute("update business set theme = ?", (theme,))
        wait_for(lambda: f'"{theme}", chosen' in client.get("/theme.js").text, "the default to be served")

    # The default of another test may still be served.
    set_default("system")
    undecided, decided = visit(scheme="light", email=CUSTOMER), visit(scheme="light", email=CUSTOMER)
    for visitor in (undecided, decided):
        visitor.page.add_init_script(EVERY_FRAME)
        visitor.open("/home")
    switch = decided.page.get_by_role("button", name="Switch between light and dark")
    for scheme in ("dark", "light"):
        switch.click()
        expect(decided.page.locator("html")).to_have_css("background-color", CANVAS[scheme])

    def go_to(word: str) -> None:
        for visitor in (undecided, decided):
            link = visitor.page.get_by_role("navigation").get_by_role("link", name=word, exact=True)
            link.locator("visible=true").click()
            visitor.page.wait_for_function("word => document.title.startsWith(word)", arg=word)

    try:
        set_default("dark")
        assert painted(undecided.page) == [CANVAS["light"]], "a page that somebody looks at stays as it is"
        go_to("Jobs")
        expect(undecided.page.locator("html")).to_have_css("background-color", CANVAS["dark"])
        undecided.page.get_by_role("button", name="Switch between light and dark").click()
        expect(undecided.page.locator("html")).to_have_css("background-color", CANVAS["light"])
        assert painted(undecided.page) == [CANVAS["light"], CANVAS["dark"], CANVAS["light"]]
        assert painted(decided.page)[-1] == CANVAS["light"]
        assert len(painted(decided.page)) == 3, "it was switched twice, and by its visitor alone"
    finally:
        set_default("system")
    go_to("Invoices")
    undecided.page.emulate_media(color_scheme="dark")
    expect(undecided.page.locator("html")).to_have_css("background-color", CANVAS["light"])
    fresh = visit(scheme="light", email=CUSTOMER)
    page = fresh.open("/home")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_css("background-color", CANVAS["dark"])


@pytest.mark.parametrize("reduced", [True, False])
def test_motion_stops_for_those_who_ask(visit: Visit, reduced: bool):
    visitor = visit(email=CUSTOMER, reduced_motion=reduced)
    # Without its socket the page stays at the skeleton, the one part that moves.
    visitor.page.route_web_socket("**/_event/**", lambda socket: None)
    visitor.page.goto("/home")
    expect(visitor.page.locator(".visit-skeleton")).to_be_visible()
    moving = visitor.page.evaluate("document.getAnimations().length")
    assert (moving == 0) is reduced
