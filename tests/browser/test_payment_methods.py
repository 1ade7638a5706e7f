"""A customer saves ways to pay without paying, pays with one tap, chooses another default, takes one away."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from portal_app import routes
from tests.browser.conftest import Visit
from tests.browser.floors import findings, fits, meets_every_floor, targets_are_at_least
from tests.browser.test_paying import MAKE
from tests.browser.visitor import PHONE, SIZES, Visitor
from tests.demo.running_stripe import RunningStripe
from tests.site import CUSTOMER, NEIGHBOUR, Site, running_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
CARD, DEBIT = "Visa ending in 4242", "Bacs Direct Debit ending in 2345"
# One of each kind, the newest first, and more than a page of older ones.
PAYMENTS = """
from datetime import timedelta
from sqlmodel import select
from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Allocation, Contact, Invoice, Payment, Refund
KINDS = (
    {"status": "succeeded", "receipt_number": "R-L1"},
    {"status": "pending", "method": "bank", "expected_on": clock.now().date() + timedelta(days=6)},
    {"status": "failed", "method": "bank"},
    {"status": "failed", "receipt_number": "R-L2", "receipt_voided_at": clock.now()},
    {"status": "refunded", "receipt_number": "R-L3"},
    {"status": "succeeded", "dispute": "open"},
    *[{"status": "succeeded", "method": "cash", "method_words": "Cash"}] * 24,
)
with transaction() as session:
    customer = session.exec(select(Contact.customer_id).where(Contact.email == "neighbour@example.com")).first()
    invoice = Invoice(customer_id=customer, number="L-1", title="Tap", currency="GBP", total_minor=9000,
        balance_minor=9000)
    session.add(invoice)
    session.flush()
    for days, kind in enumerate(KINDS):
        given = {"method": "card", "method_words": "Visa ending in 4242", **kind}
        payment = Payment(customer_id=customer, currency="GBP", amount_minor=9000,
            paid_at=clock.now() - timedelta(days=days), **given)
        session.add(payment)
        session.flush()
        session.add(Allocation(payment_id=payment.id, invoice_id=invoice.id, amount_minor=1, cause="payment",
            booked_at=clock.now()))
        if days == 0:
            session.add(Refund(payment_id=payment.id, amount_minor=1000, status="succeeded", stripe_id="re_list"))
"""
BADGES = ["Paid", "With your bank", "Did not go through", "Taken back", "Given back", "Disputed"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, stripe: RunningStripe) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("methods"), **stripe.settings) as running:
        stripe.send_events_to(f"{running.url}/webhooks/stripe")
        running.portal.python(PAYMENTS)
        yield running


def visitor_of(visit: Visit, site: Site, stripe: RunningStripe, email: str = CUSTOMER, **wanted) -> Visitor:
    return visit(email=email, site=site, hosts=(f"127.0.0.1:{stripe.port}",), **wanted)


def add(page: Page, stripe: RunningStripe, label: str) -> None:
    """Add a method on Stripe's page, as its payer."""
    page.get_by_role("button", name="Add a payment method").click()
    page.wait_for_url(re.compile(re.escape(stripe.url)))
    page.get_by_text(label).click()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile("added=cs_test_"))


def row_of(page: Page, words: str):
    return page.get_by_role("listitem").filter(has_text=words)


def test_add_pay_with_one_tap_choose_another_and_remove(visit: Visit, site: Site, stripe: RunningStripe):
    visitor = visitor_of(visit, site, stripe)
    page = visitor.open(routes.SETTINGS)
    page.get_by_role("link", name="Payment methods").click()
    expect(page.get_by_text("No saved payment methods")).to_be_visible()
    assert findings(page) == []
    page.set_viewport_size(PHONE)
    add(page, stripe, "Visa •••• 4242")
    expect(page.get_by_role("status").filter(has_text=f"{CARD} is saved. Nothing was charged.")).to_be_visible()
    expect(row_of(page, CARD).get_by_text("Default", exact=True)).to_be_visible()
    back = page.url
    invoice = site.portal.python(MAKE.format(number="M-1", currency="GBP")).strip().splitlines()[-1]
    visitor.open(routes.invoice(invoice)).get_by_role("button", name=f"Pay £240.00 with {CARD}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("£240.00 is paid")
    page.get_by_role("link", name="Payments", exact=True).click()
    expect(row_of(page, "Invoice M-1")).to_contain_text("Paid")
    with page.expect_download() as download:
        row_of(page, "Invoice M-1").get_by_role("link", name=re.compile("^Receipt R-")).click()
    assert download.value.suggested_filename.endswith(".pdf")

    visitor.open(routes.PAYMENT_METHODS)
    add(page, stripe, "Bacs Direct Debit •••• 2345")
    row_of(page, DEBIT).get_by_role("button", name="Make default").click()
    expect(page.get_by_text(f"{DEBIT} is your default now.")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("listitem").first).to_contain_text(DEBIT)
    assert findings(page) == []
    page.set_viewport_size(PHONE)
    targets_are_at_least(page, 44)

    ask = row_of(page, CARD).get_by_role("button", name="Remove Visa")
    ask.click()
    dialog = page.get_by_role("dialog", name=f"Remove {CARD}?")
    expect(dialog).to_be_visible()
    assert findings(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(ask).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text(f"{CARD} is removed.")).to_be_visible()
    expect(row_of(page, CARD)).to_have_count(0)
    page.goto(back)
    expect(row_of(page, DEBIT)).to_be_visible()
    expect(page.get_by_text("is saved")).to_have_count(0)


def test_left_stripe_s_page_and_the_way_back_in_other_hands(visit: Visit, site: Site, stripe: RunningStripe):
    visitor = visitor_of(visit, site, stripe, NEIGHBOUR)
    page = visitor.open(routes.PAYMENT_METHODS)
    page.get_by_role("button", name="Add a payment method").click()
    page.wait_for_url(re.compile(re.escape(stripe.url)))
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Payment methods")
    page.get_by_role("button", name="Add a payment method").click()
    page.wait_for_url(re.compile(re.escape(stripe.url)))
    page.get_by_role("link", name="Cancel and go back").click()
    page.wait_for_url(re.compile(f"{routes.PAYMENT_METHODS}$"))
    expect(page.get_by_text("No saved payment methods")).to_be_visible()
    add(page, stripe, "Visa •••• 4242")
    expect(page.get_by_text("is saved")).to_be_visible()
    stranger = visitor_of(visit, site, stripe).open(page.url)
    stranger.locator("#methods").wait_for(state="attached")
    expect(stranger.get_by_text("is saved")).to_have_count(0)
    expect(stranger.get_by_role("button", name=re.compile("^Remove Visa"))).to_have_count(0)
    again = visitor.open(page.url, visitor.context.new_page())
    expect(again.get_by_text(f"{CARD} is saved.")).to_be_visible()
    row_of(again, CARD).get_by_role("button", name="Remove Visa").click()
    again.get_by_role("button", name="Remove it").click()
    expect(again.get_by_text("is removed")).to_be_visible()
    row_of(page, CARD).get_by_role("button", name="Remove Visa").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("alert").filter(has_text="no longer saved")).to_be_visible()
    expect(page.get_by_text("No saved payment methods")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_the_list_of_payments(visit: Visit, site: Site, stripe: RunningStripe, size: str):
    visitor = visitor_of(visit, site, stripe, NEIGHBOUR, size=SIZES[size])
    page = visitor.open(routes.INVOICES)
    page.get_by_role("link", name="Your payments").click()
    rows = page.locator("main .list > li")
    expect(rows).to_have_count(25)
    for number, badge in enumerate(BADGES):
        expect(rows.nth(number).locator(".badge")).to_have_text(badge)
    expect(rows.first).to_contain_text("£10.00 given back")
    expect(rows.nth(1)).to_contain_text("expected by")
    expect(page.get_by_role("link", name=re.compile("^Receipt"))).to_have_count(2)
    assert findings(page) == []
    page.set_viewport_size(SIZES[size])
    page.get_by_role("button", name="Show earlier").click()
    expect(rows).to_have_count(30)
    expect(page.get_by_role("button", name="Show earlier")).to_have_count(0)
    fits(page)
    page.set_viewport_size(SIZES[size])
    rows.nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("£90.00 is with your bank")
    page.get_by_role("link", name="Payments", exact=True).click()
    expect(rows).to_have_count(25)


@pytest.mark.parametrize("path", [routes.PAYMENT_METHODS, routes.PAYMENTS, routes.SETTINGS])
def test_with_something_in_them_the_pages_meet_the_floors(visit: Visit, site: Site, stripe: RunningStripe, path: str):
    visitor = visitor_of(visit, site, stripe, NEIGHBOUR, scheme="dark")
    if path == routes.PAYMENT_METHODS:
        page = visitor.open(path, visitor.context.new_page())
        add(page, stripe, "Visa •••• 4242")
        expect(page.get_by_text("is saved")).to_be_visible()
        page.close()
    meets_every_floor(visitor, path, NEIGHBOUR)
