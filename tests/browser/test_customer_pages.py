"""A customer's way through their pages: from home to a job that moves, to an invoice, to their own details."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from tests.browser.conftest import Visit
from tests.browser.crm_page import CrmPage
from tests.browser.floors import findings
from tests.browser.visitor import SIZES
from tests.site import CUSTOMER, NEIGHBOUR, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
NUMBERS = {"phone": "07700 900360", "desktop": "07700 901280"}


@pytest.fixture
def crm_page(chromium: Browser, site: Site) -> Iterator[CrmPage]:
    desk = CrmPage(chromium, site)
    desk.schedule()
    yield desk
    desk.schedule()
    desk.close()


def navigate(page: Page, word: str) -> None:
    """Go to a page by the navigation that this width has."""
    page.get_by_role("navigation").get_by_role("link", name=word, exact=True).locator("visible=true").click()


def step(page: Page) -> str:
    return page.locator(".track [aria-current=step] h3").inner_text()


def test_a_page_stays_connected_after_a_download(visit: Visit):
    visitor = visit(email=CUSTOMER)
    page = visitor.page
    sockets: list[WebSocket] = []

    def note(socket: WebSocket) -> None:
        sockets.append(socket)

    page.on("websocket", note)
    visitor.open("/invoices")
    page.locator(".record[href^='/invoices/']").first.click()
    with page.expect_download() as told:
        page.get_by_role("link", name="Download PDF").click()
    assert told.value.path().read_bytes().startswith(b"%PDF")
    # Whatever the click has set off has happened by the time a second one has been answered.
    with page.expect_download():
        page.get_by_role("link", name="Download PDF").click()
    assert [socket.is_closed() for socket in sockets] == [False]


def test_nothing_moves_when_the_age_of_home_is_said(visit: Visit):
    page = visit(email=CUSTOMER).open("/home")
    age = page.locator(".hello .as-of span")
    expect(page.locator(".hello .as-of")).to_be_visible()
    page.locator(".hello h1").evaluate("title => title.textContent = 'Good afternoon, Bartholomew-Maximilian'")
    lies_at = "main => [...main.children].map(part => part.getBoundingClientRect().y)"
    before = page.locator("main").evaluate(lies_at)
    age.evaluate("age => age.textContent = ', 59 minutes ago'")
    assert page.locator("main").evaluate(lies_at) == before
    page.locator(".hello .as-of").evaluate("line => line.remove()")
    assert page.locator("main").evaluate(lies_at) == before


@pytest.mark.parametrize("size", SIZES)
def test_from_home_to_a_job_that_moves_and_to_its_invoice(visit: Visit, crm_page: CrmPage, size: str):
    visitor = visit(size=SIZES[size], email=CUSTOMER)
    page = visitor.open("/home")
    page.get_by_role("region", name="Your visit").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Annual boiler service")
    assert step(page) == "Scheduled"
    crm_page.press("Set off")
    expect(page.locator(".track [aria-current=step] h3")).to_have_text("On the way", timeout=20_000)
    # Shortly before midnight it is tomorrow's.
    expect(page.get_by_text(re.compile(r"Likely arrival, (tomorrow, )?told at"))).to_be_visible()
    crm_page.press("Arrived, start")
    expect(page.locator(".track [aria-current=step] h3")).to_have_text("In progress", timeout=20_000)
    crm_page.press("Complete")
    expect(page.locator(".track [data-state=done]")).to_have_count(4, timeout=20_000)

    page.get_by_role("region", name="Invoices").get_by_role("link").first.click()
    expect(page.get_by_role("article")).to_be_visible()
    expect(page.get_by_role("heading", name="Left to pay")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Annual boiler service").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Annual boiler service")


@pytest.mark.parametrize("size", SIZES)
def test_lists_by_property_and_the_way_back(visit: Visit, size: str):
    page = visit(size=SIZES[size], email=CUSTOMER).open("/home")
    navigate(page, "Jobs")
    everything = page.locator(".record")
    # Home has records, too.
    expect(page.get_by_role("heading", name="Now and next")).to_be_visible()
    before = everything.count()
    page.get_by_role("navigation", name="Property").get_by_role("link", name="The cottage").click()
    expect(page).to_have_url(re.compile(r"/jobs\?property="))
    expect(page.locator(".chip[aria-current]")).to_have_text("The cottage")
    expect(everything).not_to_have_count(before)
    assert 0 < everything.count() < before
    page.reload()
    expect(page.locator(".chip[aria-current]")).to_have_text("The cottage")
    navigate(page, "Invoices")
    expect(page.locator(".chip[aria-current]")).to_have_text("The cottage")
    page.goto("/home")
    expect(page.locator(".chip[aria-current]")).to_have_text("The cottage")
    page.get_by_role("navigation", name="Property").get_by_role("link", name="All properties").click()
    expect(page.locator(".chip[aria-current]")).to_have_text("All properties")
    navigate(page, "Jobs")
    expect(page.locator(".chip[aria-current]")).to_have_text("All properties")
    expect(everything).to_have_count(before)
    navigate(page, "Invoices")
    expect(page.locator(".chip[aria-current]")).to_have_text("All properties")
    page.get_by_role("link", name="Paid", exact=True).click()
    expect(page.locator(".badge-complete").first).to_be_visible()
    expect(page).to_have_url(re.compile("show=paid"))


def test_somebody_elses_job_and_invoice_are_not_there(visit: Visit):
    mine = visit(email=CUSTOMER)
    paths = []
    for path in ("/jobs/[id]", "/invoices/[id]"):
        mine.open(path)
        paths.append(re.sub(r"^https?://[^/]+", "", mine.page.url))
    neighbour = visit(email=NEIGHBOUR)
    for path in paths:
        neighbour.page.goto(path)
        expect(neighbour.page.get_by_role("heading", name="We could not find that")).to_be_visible()
        assert findings(neighbour.page) == []
    told = neighbour.page.content() + "".join(neighbour.watch.frames)
    assert not re.search("Whitcombe|Annual boiler|2291", told)


@pytest.mark.parametrize("size", SIZES)
def test_a_new_number_waits_for_the_crm_and_is_confirmed(visit: Visit, site: Site, size: str):
    page = visit(size=SIZES[size], email=CUSTOMER).open("/settings")
    page.get_by_role("button", name="Change Telephone").click()
    number = page.get_by_label("Number").first
    number.fill("12")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").locator("visible=true")).to_contain_text("no telephone number we could ring")
    expect(number).to_have_value("12")
    number.fill(NUMBERS[size])
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your numbers are saved.")).to_be_visible()
    expect(page.get_by_text(NUMBERS[size])).to_be_visible()
    expect(page.get_by_text("Waiting for the office’s system to confirm")).to_have_count(0, timeout=20_000)
    expect(page.get_by_text(NUMBERS[size])).to_be_visible()
    known = site.crm.walk("contacts")
    assert NUMBERS[size] in [phone["number"] for contact in known for phone in contact["phones"]]


def test_the_forms_of_the_settings_are_accessible(visit: Visit):
    page = visit(email=CUSTOMER).open("/settings")
    for part in ("Name", "Telephone", "E-mail", "Invoices go to"):
        page.get_by_role("button", name=f"Change {part}").click()
        expect(page.get_by_role("button", name="Cancel")).to_be_visible()
        assert findings(page) == []
        page.get_by_role("button", name="Cancel").click()


def test_another_browser_is_signed_out_at_once(visit: Visit):
    here, other = visit(email=CUSTOMER), visit(email=CUSTOMER)
    other.open("/home")
    page = here.open("/settings")
    rows = page.get_by_role("region", name="Where you are signed in").get_by_role("listitem")
    before = rows.count()
    assert before >= 2
    page.get_by_role("button", name="Sign out everywhere else").or_(
        page.get_by_role("button", name=re.compile("^End"))
    ).first.click()
    expect(other.page).to_have_url(re.compile("/login"), timeout=10_000)
    expect(page).to_have_url(re.compile("/settings"))


def test_without_a_key_nothing_pretends(visit: Visit):
    page = visit(email=CUSTOMER).open("/invoices/[id]")
    expect(page.get_by_text("Account number: 12345678")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Pay"))).to_have_count(0)
