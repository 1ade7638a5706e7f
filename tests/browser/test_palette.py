"""The office's palette: by the keyboard at a desk, by touch on a phone, with answers that come late, and for axe."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.floors import findings
from tests.browser.visitor import DESKTOP, PHONE
from tests.site import CUSTOMER, OFFICE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
FOCUSED = "document.activeElement.id"


def palette(page: Page):
    return page.get_by_role("dialog", name="Go to")


def field(page: Page):
    return page.get_by_role("combobox", name="Customer, invoice, job or page")


def active(page: Page) -> str:
    """Return the words of the result that Enter would open, as a screen reader is told."""
    return page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.innerText ?? ''"
    )


def answered(page: Page, typed: str) -> None:
    expect(page.locator("#palette-list")).to_have_attribute("data-for", typed)
    expect(page.locator("#palette-list[data-stale]")).to_have_count(0)


def test_by_the_keyboard(visit: Visit):
    page = visit(size=DESKTOP, email=OFFICE).open("/office/customers")
    page.locator("#q").focus()
    page.keyboard.press("Control+k")
    expect(field(page)).to_be_focused()
    expect(page.get_by_role("option", name="Outbox")).to_be_visible()
    expect(page.locator("#palette-list [aria-selected=true]")).to_have_count(1)
    assert active(page) == "Customers"
    page.keyboard.press("ArrowUp")
    assert active(page) == page.get_by_role("option").last.inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert active(page) == "Payments"
    expect(field(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(palette(page)).to_be_hidden()
    assert page.evaluate(FOCUSED) == "q"
    page.keyboard.press("Meta+k")
    expect(field(page)).to_have_value("")
    page.keyboard.press("Control+k")
    expect(palette(page)).to_be_hidden()
    assert page.evaluate(FOCUSED) == "q"


def test_to_a_customer_an_invoice_and_a_job(visit: Visit):
    page = visit(size=DESKTOP, email=OFFICE).open("/office/customers")
    for typed, arrives, title in (
        ("sarah whit", r"/office/customers/[\w-]+$", "Sarah Whitcombe"),
        ("invoice 2291", r"/office/invoices/[\w-]+$", "Invoice 2291"),
        ("annual boil", r"/office/customers/[\w-]+\?tab=jobs$", "Sarah Whitcombe"),
        ("outb", r"/office/outbox$", "Outbox"),
    ):
        page.keyboard.press("Control+k")
        page.keyboard.type(typed)
        answered(page, typed)
        expect(page.locator("#palette-list mark").first).to_be_visible()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(arrives))
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(palette(page)).to_be_hidden()


def test_nothing_found_and_a_clean_start_afterwards(visit: Visit):
    page = visit(size=DESKTOP, email=OFFICE).open("/office/sync")
    button = page.get_by_role("button", name="Go to…").locator("visible=true")
    expect(button).to_contain_text("Ctrl K")
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("zzzz")
    expect(palette(page).get_by_text("Nothing is found by that", exact=True)).to_be_visible()
    expect(palette(page).get_by_role("status")).to_have_text("Nothing is found by that.")
    page.keyboard.press("Enter")
    expect(palette(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(page.locator("#palette-list")).to_have_attribute("data-for", "")
    page.keyboard.press("Enter")
    expect(field(page)).to_have_value("")
    expect(page.get_by_role("option", name="Outbox")).to_be_visible()


def test_enter_waits_for_the_answer_to_what_is_typed(visit: Visit):
    page = visit(size=DESKTOP, email=OFFICE).open("/office/customers")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list [aria-selected=true]")).to_have_count(1)
    # At once, while the pages are still shown, of which the first would be the customers.
    page.keyboard.insert_text("invoice 2291")
    page.keyboard.press("Enter")
    page.wait_for_url("**/office/invoices/*")
    expect(palette(page)).to_be_hidden()


def test_what_is_typed_quickly_is_asked_once(visit: Visit):
    visitor = visit(size=DESKTOP, email=OFFICE)
    asked: list[str] = []
    visitor.page.on(
        "websocket",
        lambda socket: socket.on(
            "framesent", lambda frame: asked.append(str(frame)) if ".look" in str(frame) else None
        ),
    )
    page = visitor.open("/office/customers")
    page.keyboard.press("Control+k")
    answered(page, "")
    asked.clear()
    page.keyboard.type("whitcombe", delay=10)
    answered(page, "whitcombe")
    assert len(asked) < 5


def test_by_touch(visit: Visit):
    page = visit(size=PHONE, email=OFFICE).open("/office/customers")
    page.get_by_role("button", name="Go to…").locator("visible=true").tap()
    expect(field(page)).to_be_focused()
    field(page).fill("2291")
    answered(page, "2291")
    option = page.get_by_role("option", name="Invoice 2291")
    box = option.bounding_box()
    assert box
    assert box["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    option.tap()
    page.wait_for_url("**/office/invoices/*")
    expect(palette(page)).to_be_hidden()
    page.get_by_role("button", name="Go to…").locator("visible=true").tap()
    palette(page).get_by_role("button", name="Close").tap()
    expect(palette(page)).to_be_hidden()


def test_it_opens_over_nothing_that_is_open(visit: Visit):
    page = visit(size=PHONE, email=OFFICE).open("/office/customers")
    page.get_by_role("button", name="Menu").click()
    page.keyboard.press("Control+k")
    expect(palette(page)).to_be_hidden()
    expect(page.locator(".drawer")).to_be_visible()


def test_axe_finds_nothing_in_any_of_its_states(visit: Visit):
    page = visit(size=DESKTOP, email=OFFICE).open("/office/customers")
    page.keyboard.press("Control+k")
    for typed in ("", "sarah", "zzzz"):
        field(page).fill(typed)
        answered(page, typed)
        expect(page.locator("#palette-list [role=option], .palette .empty").first).to_be_visible()
        assert findings(page) == [], typed


def test_customers_pages_do_not_load_it(visit: Visit):
    visitor = visit(email=CUSTOMER)
    fetched: list[str] = []
    visitor.page.on("request", lambda request: fetched.append(request.url))
    page = visitor.open("/home")
    page.wait_for_load_state("networkidle")
    assert any(url.endswith("/page.js") for url in fetched)
    assert [url for url in fetched if "palette" in url] == []
    page.keyboard.press("Control+k")
    expect(page.locator("dialog")).to_have_count(0)
