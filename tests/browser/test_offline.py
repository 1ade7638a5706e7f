"""Without a connection: the branded page with the phone number, nothing private, and back to work when it returns."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.floors import look
from tests.browser.visitor import Visitor
from tests.running import RunningPortal, wait_for
from tests.site import CUSTOMER, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
PARTS = ["/brand.css", "/brand/icon", "/brand/logo", "/offline", "/portal.css", "/theme.js"]
READY = "() => navigator.serviceWorker.ready.then(found => found.active.state)"
KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
  return [...new Set(found)].sort();
}"""


def installed(visit: Visit, **wanted) -> tuple[Visitor, Page]:
    """Somebody whose browser has kept the page for when there is no connection."""
    visitor = visit(service_worker=True, **wanted)
    page = visitor.open("/home")
    page.evaluate(READY)
    return visitor, page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_a_connection_the_number_is_there_and_back_online_the_page(visit: Visit, site: Site, scheme):
    visitor, page = installed(visit, email=CUSTOMER, scheme=scheme)
    for path in ("/invoices", "/jobs", "/home"):
        visitor.open(path)
    assert page.evaluate(KEPT) == PARTS

    visitor.watch.expected += ["ERR_INTERNET_DISCONNECTED"]
    visitor.context.set_offline(True)
    page.goto("/invoices")
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    with site.portal.rows() as rows:
        phone = rows.execute("SELECT phone FROM business").fetchone()[0]
    expect(page.get_by_role("link", name=f"Ring {phone}")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.btn-primary')).borderRadius") == "8px"
    expect(page.locator("html")).to_have_class(scheme)
    assert page.evaluate("[...document.images].filter(one => one.checkVisibility()).every(one => one.naturalWidth)")
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")

    visitor.context.set_offline(False)
    assert look(page) == []
    page.get_by_role("link", name="Try again").click()
    page.locator("#list").wait_for()
    assert page.url.endswith("/invoices")


def test_after_signing_out_nothing_of_anybody_is_shown_without_a_connection(visit: Visit):
    visitor, page = installed(visit, email=CUSTOMER)
    page.locator(".account").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    visitor.watch.expected += ["ERR_INTERNET_DISCONNECTED"]
    visitor.context.set_offline(True)
    page.goto("/home")
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    assert "Sarah" not in page.content()
    visitor.context.set_offline(False)
    page.goto("/home")
    page.wait_for_url("**/login?next=/home")


def test_a_link_on_another_site_still_finds_who_is_signed_in(visit: Visit, site: Site):
    elsewhere = site.crm.url.replace("127.0.0.1", "localhost")
    visitor, page = installed(visit, email=CUSTOMER, hosts=(urlsplit(elsewhere).netloc,))
    visitor.open("/home")
    page.goto(elsewhere)
    page.set_content(f'<a href="{site.url}/home">Your portal</a>')
    page.get_by_role("link").click()
    page.locator(".as-of").wait_for()
    assert page.url == f"{site.url}/home"


def test_a_portal_without_that_page_takes_it_away(visit: Visit, site: Site, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("without")
    with RunningPortal(folder) as portal:
        visitor = visit(site=Site(portal, site.crm), service_worker=True)
        page = visitor.page
        visitor.watch.expected += ["503", "404"]
        page.goto("/nowhere-at-all")
        page.evaluate("() => navigator.serviceWorker.register('/sw.js')")
        page.evaluate(READY)
        assert page.evaluate(KEPT)
    portal._settings["PORTAL_OFFLINE_PAGE"] = "no"
    with portal:
        page.goto("/nowhere-at-all")
        page.evaluate("() => navigator.serviceWorker.getRegistration().then(one => one && one.update())")
        wait_for(
            lambda: page.evaluate("() => navigator.serviceWorker.getRegistrations().then(found => !found.length)"),
            "the worker to be gone",
        )
        assert page.evaluate(KEPT) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_edge_of_the_browser_is_in_the_brands_colour(visit: Visit, scheme):
    page = visit(email=CUSTOMER, scheme=scheme).open("/home")
    colours = {"light": "#0f5c5c", "dark": "#124744"}
    edge = page.locator("meta[name=theme-color]")
    expect(edge).to_have_attribute("content", colours[scheme])
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(edge).to_have_attribute("content", colours["dark" if scheme == "light" else "light"])
    assert edge.count() == 1
