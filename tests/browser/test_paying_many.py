"""A customer pays several invoices at once on the local Stripe's page, and finds invoices, by phone and desktop."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.floors import findings, fits
from tests.browser.visitor import SIZES
from tests.demo.running_stripe import RunningStripe
from tests.site import CUSTOMER, Site, running_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
# The demo's customer then owes these alone, all but the last overdue; gives their public ids.
OWES = """
from datetime import timedelta
from sqlmodel import select
from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Contact, Invoice
with transaction() as session:
    customer = session.exec(select(Contact.customer_id).where(Contact.email == "customer@example.com")).first()
    for old in session.exec(select(Invoice).where(Invoice.customer_id == customer)):
        old.status, old.balance_minor = "paid", 0
    for number, minor in enumerate({minors}):
        days = -5 + number if number + 1 < len({minors}) else 9
        invoice = Invoice(customer_id=customer, number=f"{prefix}-{{number}}", title=f"Valve {{number}}",
            currency="GBP", subtotal_minor=minor, total_minor=minor, balance_minor=minor,
            issued_on=clock.now().date(), due_on=clock.now().date() + timedelta(days=days))
        session.add(invoice)
        session.flush()
        print(invoice.public_id)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, stripe: RunningStripe) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("paying-many"), **stripe.settings) as running:
        stripe.send_events_to(f"{running.url}/webhooks/stripe")
        yield running


class Payer:
    """A customer before the list of some invoices of their own."""

    def __init__(self, visit: Visit, site: Site, stripe: RunningStripe, prefix: str, minors: list[int], **how) -> None:
        self.stripe = stripe
        told = site.portal.python(OWES.format(prefix=prefix, minors=minors))
        self.invoices = told.strip().splitlines()[-len(minors) :]
        self.visitor = visit(email=CUSTOMER, site=site, hosts=(f"127.0.0.1:{stripe.port}",), **how)
        self.page: Page = self.visitor.open("/invoices")

    def tick(self, number: str) -> None:
        """Tick an invoice as a finger does, anywhere around its box."""
        box = self.page.get_by_role("checkbox", name=re.compile(f"^Tick Invoice {number},"))
        box.locator("xpath=..").click()
        expect(box).to_be_checked()

    def press(self, name: str) -> None:
        """Press a button by its whole name."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def pay(self, amount: int, **how: bool) -> None:
        """Finish Stripe's page, which asks for this, and come back."""
        self.page.wait_for_url(re.compile(re.escape(self.stripe.url)))
        session = next(self.stripe.state.find("checkout.session"))
        assert session["amount_total"] == amount
        self.stripe.pay(session["id"], "card_ok", **how)
        self.page.goto(session["success_url"])


@pytest.mark.parametrize("size", SIZES)
def test_three_invoices_at_once(visit: Visit, site: Site, stripe: RunningStripe, size: str):
    payer = Payer(visit, site, stripe, f"T{size[0]}", [1000, 2000, 4000, 8000], size=SIZES[size])
    page = payer.page
    for number in (0, 2, 3):
        payer.tick(f"T{size[0]}-{number}")
    expect(page.get_by_role("region", name="What you have ticked")).to_contain_text("£130.00")
    expect(page.get_by_role("button", name=re.compile("^Pay £130.00"))).to_be_in_viewport(ratio=1)
    assert findings(page) == []
    fits(page)
    page.get_by_role("region", name="What you have ticked").get_by_role("button").last.click()
    payer.pay(13000)
    expect(page.get_by_role("heading", level=1)).to_have_text("£130.00 is paid")
    for number, amount in ((0, "£10.00"), (2, "£40.00"), (3, "£80.00")):
        expect(page.get_by_role("link", name=re.compile(f"T{size[0]}-{number} *{amount}"))).to_be_visible()
    payer.visitor.open(f"/invoices/{payer.invoices[2]}")
    expect(page.get_by_role("link", name=re.compile("£40.00"))).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing left to pay")).to_be_visible()
    payer.visitor.open("/invoices")
    expect(page.get_by_role("button", name="Pay £20.00", exact=True)).to_be_visible()


def test_all_overdue_and_the_rest_with_what_was_saved(visit: Visit, site: Site, stripe: RunningStripe):
    payer = Payer(visit, site, stripe, "O", [3000, 5000, 7000], size=SIZES["phone"], scheme="dark")
    page = payer.page
    expect(page.get_by_role("button", name="Pay everything due (£150.00)", exact=True)).to_be_visible()
    payer.press("Pay all overdue (£80.00)")
    payer.pay(8000, save=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("£80.00 is paid")
    payer.visitor.open("/invoices")
    expect(page.get_by_role("button", name="Pay £70.00 another way", exact=True)).to_be_visible()
    assert findings(page) == []
    page.get_by_role("button", name=re.compile("^Pay £70.00 *with Visa ending in")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("£70.00 is paid")
    payer.visitor.open("/invoices")
    expect(page.get_by_text("Nothing to pay", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Pay"))).to_have_count(0)


def test_ticks_by_keyboard_and_an_invoice_paid_meanwhile(visit: Visit, site: Site, stripe: RunningStripe):
    payer = Payer(visit, site, stripe, "K", [1100, 2200, 4400])
    page = payer.page
    for number in (0, 1):
        page.get_by_role("checkbox", name=re.compile(f"^Tick Invoice K-{number},")).focus()
        page.keyboard.press("Space")
    bar = page.get_by_role("region", name="What you have ticked")
    expect(bar).to_contain_text("£33.00")
    other = payer.visitor.open(f"/invoices/{payer.invoices[1]}", payer.visitor.context.new_page())
    other.get_by_role("button", name=re.compile("^Pay £22.00")).last.click()
    other.wait_for_url(re.compile(re.escape(stripe.url)))
    stripe.pay(next(stripe.state.find("checkout.session"))["id"], "card_ok")
    expect(bar).to_contain_text("£11.00")
    expect(bar).to_contain_text("1 invoice")
    expect(page.get_by_role("checkbox", name=re.compile("^Tick Invoice K-1,"))).to_have_count(0)
    bar.get_by_role("button", name="Clear").click()
    expect(bar).to_have_count(0)
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)


@pytest.mark.parametrize("size", SIZES)
def test_invoices_are_found(visit: Visit, site: Site, stripe: RunningStripe, size: str):
    payer = Payer(visit, site, stripe, f"S{size[0]}", [1234, 5678], size=SIZES[size])
    page = payer.page
    field = page.get_by_label("Search invoices")
    field.fill(f"s{size[0]}-1")
    field.press("Enter")
    page.wait_for_url(re.compile(rf"\?q=s{size[0]}-1$"))
    expect(page.get_by_role("link", name=re.compile("^Invoice "))).to_have_count(1)
    page.reload()
    expect(page.get_by_label("Search invoices")).to_have_value(f"s{size[0]}-1")
    expect(page.get_by_role("link", name=re.compile(f"^Invoice S{size[0]}-1"))).to_have_count(1)
    page.get_by_role("link", name="Paid", exact=True).click()
    expect(page.get_by_text("No invoice is found by that")).to_be_visible()
    assert findings(page) == []
    fits(page)
    page.get_by_role("link", name="All your invoices").click()
    expect(page.get_by_label("Search invoices")).to_have_value("")
    expect(page.get_by_role("link", name=re.compile(f"^Invoice S{size[0]}-[01]"))).to_have_count(2)


def test_a_declined_card_is_told_and_tried_again(visit: Visit, site: Site, stripe: RunningStripe):
    payer = Payer(visit, site, stripe, "D", [2500], size=SIZES["phone"])
    page = payer.page
    # With something saved before, Stripe's page is the other way.
    page.get_by_role("button", name=re.compile("^Pay £25.00( another way)?$")).click()
    page.wait_for_url(re.compile(re.escape(stripe.url)))
    session = next(stripe.state.find("checkout.session"))
    stripe.pay(session["id"], "card_declined")
    page.goto(session["cancel_url"])
    expect(page.get_by_text("You came back without paying")).to_be_visible()
    payer.visitor.open(f"/invoices/{payer.invoices[0]}")
    told = page.get_by_text(re.compile(r"^Your payment of £25\.00 on .* did not go through"))
    expect(told).to_contain_text("Nothing was taken. You can try again here.")
    assert findings(page) == []
    fits(page)
    page.get_by_role("button", name=re.compile("^Pay £25.00")).last.click()
    payer.pay(2500)
    expect(page.get_by_role("heading", level=1)).to_have_text("£25.00 is paid")
    payer.visitor.open(f"/invoices/{payer.invoices[0]}")
    expect(page.get_by_role("heading", name="Nothing left to pay")).to_be_visible()
    expect(told).to_have_count(0)
