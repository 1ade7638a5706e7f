"""A customer pays on the local Stripe's page: by card, declined first, by debit that clears or comes back, in part."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.floors import findings
from tests.browser.visitor import SIZES
from tests.demo.running_stripe import RunningStripe
from tests.site import CUSTOMER, Site, running_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
# Invoices of the demo's customer, which journeys pay one after the other.
MAKE = """
from datetime import timedelta
from sqlmodel import select
from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Contact, Invoice
with transaction() as session:
    customer = session.exec(select(Contact.customer_id).where(Contact.email == "customer@example.com")).first()
    invoice = Invoice(customer_id=customer, number="{number}", title="New valve", currency="{currency}",
        subtotal_minor=24000, total_minor=24000, balance_minor=24000, issued_on=clock.now().date(),
        due_on=clock.now().date() + timedelta(days=14))
    session.add(invoice)
    session.flush()
    print(invoice.public_id)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, stripe: RunningStripe) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("paying"), **stripe.settings) as running:
        stripe.send_events_to(f"{running.url}/webhooks/stripe")
        yield running


class Payer:
    """A customer before an invoice of their own over 240.00."""

    def __init__(self, visit: Visit, site: Site, stripe: RunningStripe, number: str, **wanted) -> None:
        self.stripe = stripe
        currency = wanted.pop("currency", "GBP")
        invoice = site.portal.python(MAKE.format(number=number, currency=currency)).strip().splitlines()[-1]
        self.visitor = visit(email=CUSTOMER, site=site, hosts=(f"127.0.0.1:{stripe.port}",), **wanted)
        self.address = f"/invoices/{invoice}"
        self.page: Page = self.visitor.open(self.address)

    def press(self, name: str, page: Page | None = None) -> None:
        """Press a button of the invoice; with something saved, Stripe's page is the other way."""
        words = re.compile(f"^{re.escape(name)}( another way)?$")
        (page or self.page).get_by_role("button", name=words).click()

    def session(self) -> str:
        """Wait for Stripe's page and return its session."""
        self.page.wait_for_url(re.compile(re.escape(self.stripe.url)))
        return next(self.stripe.state.find("checkout.session"))["id"]

    def pay(self, choice: str, **how: bool) -> None:
        """Finish Stripe's page as its payer and come back."""
        session = next(self.stripe.state.find("checkout.session"))
        done = self.stripe.pay(session["id"], choice, **how)
        self.page.goto(session["success_url"])
        assert done

    def reads(self, words: str) -> None:
        """Wait for the page's heading."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(words)


@pytest.mark.parametrize("size", SIZES)
def test_by_card(visit: Visit, site: Site, stripe: RunningStripe, size: str):
    payer = Payer(visit, site, stripe, f"C-{size}", size=SIZES[size])
    assert findings(payer.page) == []
    payer.press("Pay £240.00")
    payer.session()
    payer.page.go_back()
    expect(payer.page.get_by_role("button", name=re.compile("^Pay £240.00"))).not_to_have_count(0)
    payer.press("Pay £240.00")
    payer.session()
    payer.pay("card_ok")
    payer.reads("£240.00 is paid")
    assert findings(payer.page) == []
    with payer.page.expect_download() as download:
        payer.page.get_by_role("link", name=re.compile("^Receipt R-")).click()
    assert download.value.suggested_filename.endswith(".pdf")
    payer.visitor.open(payer.address)
    expect(payer.page.get_by_role("heading", name="Nothing left to pay")).to_be_visible()
    expect(payer.page.get_by_role("button", name=re.compile("^Pay"))).to_have_count(0)


def test_declined_and_then_paid(visit: Visit, site: Site, stripe: RunningStripe):
    payer = Payer(visit, site, stripe, "D-1")
    payer.press("Pay £240.00")
    session = payer.session()
    stripe.pay(session, "card_declined")
    payer.visitor.open(payer.address)
    payer.press("Pay £240.00")
    assert payer.session() == session
    payer.pay("card_ok")
    payer.reads("£240.00 is paid")


DEBITS = [("USD", "us_bank_clears", "US$240.00"), ("GBP", "bacs_clears", "£240.00")]


@pytest.mark.parametrize(("currency", "choice", "amount"), DEBITS)
def test_a_debit_clears_while_one_looks(
    visit: Visit, site: Site, stripe: RunningStripe, currency: str, choice: str, amount: str
):
    payer = Payer(visit, site, stripe, f"B-{currency}", currency=currency)
    payer.press(f"Pay {amount}")
    payer.session()
    payer.pay(choice)
    payer.reads(f"{amount} is with your bank")
    assert findings(payer.page) == []
    intent = next(stripe.state.find("payment_intent"))["id"]
    stripe.act(f"payments/{intent}/settle")
    payer.reads(f"{amount} is paid")


def test_what_changes_on_the_invoice_is_read_out(visit: Visit, site: Site, stripe: RunningStripe):
    payer = Payer(visit, site, stripe, "B-live")
    other = payer.visitor.context.new_page()
    payer.visitor.open(payer.address, other)
    region = other.locator("section[aria-labelledby=balance] [role=status]").first.element_handle()
    assert region.evaluate("one => one.textContent") == ""
    payer.press("Pay £240.00")
    payer.session()
    payer.pay("bacs_clears")
    expect(other.get_by_text("£240.00 is with your bank since")).to_be_visible()
    told = region.evaluate("one => one.isConnected && one.textContent")
    assert told.startswith("With your bank£240.00 is with your bank since")
    stripe.act(f"payments/{next(stripe.state.find('payment_intent'))['id']}/settle")
    expect(other.get_by_role("heading", name="Nothing left to pay")).to_be_visible()
    assert region.evaluate("one => one.isConnected && one.textContent").startswith("Paid")


def test_without_a_connection_a_press_is_told_so_and_pays_nothing_later(
    visit: Visit, site: Site, stripe: RunningStripe
):
    payer = Payer(visit, site, stripe, "O-1")
    sessions = len(list(stripe.state.find("checkout.session")))
    payer.visitor.watch.expected += ["ERR_INTERNET_DISCONNECTED"]
    payer.visitor.context.set_offline(True)
    payer.press("Pay £240.00")
    busy = payer.page.get_by_role("button", name=re.compile("^(Opening Stripe’s page|Paying)…$"))
    expect(busy).to_have_attribute("aria-busy", "true")
    expect(payer.page.get_by_text("No answer has come yet.")).to_be_visible()
    expect(busy).to_have_count(0)
    assert findings(payer.page) == []
    payer.visitor.context.set_offline(False)
    payer.page.wait_for_timeout(3000)
    assert payer.page.url.endswith(payer.address)
    payer.press("Pay £240.00")
    payer.session()
    assert len(list(stripe.state.find("checkout.session"))) == sessions + 1


def test_a_bank_account_is_confirmed_first(visit: Visit, site: Site, stripe: RunningStripe):
    payer = Payer(visit, site, stripe, "B-small", currency="USD")
    payer.press("Pay US$240.00")
    payer.session()
    payer.pay("us_bank_confirm")
    payer.reads("US$240.00 waits for your bank account")
    assert findings(payer.page) == []
    payer.page.get_by_role("link", name="Go on paying").click()
    payer.page.wait_for_url("**/verify/pi_*")
    payer.visitor.open(payer.address)
    expect(payer.page.get_by_text("waits until your bank account is confirmed")).to_be_visible()
    stripe.act(f"payments/{next(stripe.state.find('payment_intent'))['id']}/verify")
    expect(payer.page.get_by_text("US$240.00 is with your bank")).to_be_visible()


def test_a_debit_comes_back_while_one_looks(visit: Visit, site: Site, stripe: RunningStripe):
    payer = Payer(visit, site, stripe, "R-1")
    payer.press("Pay £240.00")
    payer.session()
    payer.pay("bacs_fails")
    payer.reads("£240.00 is with your bank")
    stripe.act(f"payments/{next(stripe.state.find('payment_intent'))['id']}/fail")
    payer.reads("£240.00 did not go through")
    assert findings(payer.page) == []
    payer.page.get_by_role("link", name="Pay in another way").click()
    expect(payer.page.get_by_role("button", name=re.compile("^Pay £240.00"))).not_to_have_count(0)


def test_a_part_and_the_rest_with_what_was_saved(visit: Visit, site: Site, stripe: RunningStripe):
    payer = Payer(visit, site, stripe, "P-1")
    payer.page.get_by_text("Pay a part").click()
    for typed, words in (("lots", "Please type an amount"), ("240.01", "more than the £240.00"), ("0", "above zero")):
        payer.page.get_by_label("Amount").fill(typed)
        payer.press("Pay this part")
        expect(payer.page.locator("#amount-error")).to_contain_text(words)
    payer.page.get_by_label("Amount").fill("£40.00")
    payer.press("Pay this part")
    payer.session()
    payer.pay("card_ok", save=True)
    payer.reads("£40.00 is paid")
    payer.visitor.open(payer.address)
    saved = payer.page.get_by_role("button", name=re.compile("^Pay £200.00 with Visa ending in"))
    saved.click()
    payer.reads("£200.00 is paid")


def test_coming_back_without_paying_and_two_tabs(visit: Visit, site: Site, stripe: RunningStripe):
    payer = Payer(visit, site, stripe, "T-1")
    other = payer.visitor.open(payer.address, payer.visitor.context.new_page())
    payer.press("Pay £240.00")
    first = payer.session()
    payer.press("Pay £240.00", other)
    other.wait_for_url(re.compile(re.escape(stripe.url)))
    assert payer.session() == first
    payer.page.goto(next(stripe.state.find("checkout.session"))["cancel_url"])
    expect(payer.page.get_by_text("You came back without paying")).to_be_visible()
    expect(payer.page.get_by_role("link", name="Go on paying")).to_be_visible()
