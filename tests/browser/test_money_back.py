"""Money that goes back, as the customer and the office see it while they look: refunds, disputes, returned debits."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.floors import findings, fits, targets_are_at_least
from tests.browser.test_paying import Payer
from tests.browser.visitor import DESKTOP
from tests.demo.running_stripe import RunningStripe
from tests.site import OFFICE, Site, running_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
DAYS = 5 * 86400


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, stripe: RunningStripe) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("money-back"), **stripe.settings) as running:
        stripe.send_events_to(f"{running.url}/webhooks/stripe")
        yield running


def paid(visit: Visit, site: Site, stripe: RunningStripe, number: str, choice: str = "card_ok") -> tuple[Payer, str]:
    """Pay an invoice and stay on the payment's page; gives the payer and Stripe's payment."""
    payer = Payer(visit, site, stripe, number)
    payer.press("Pay £240.00")
    payer.session()
    payer.pay(choice)
    payment = next(stripe.state.find("payment_intent"))["id"]
    if choice != "card_ok":
        payer.reads("£240.00 is with your bank")
        stripe.act(f"payments/{payment}/settle")
    payer.reads("£240.00 is paid")
    return payer, payment


def office(visit: Visit, site: Site, payer: Payer) -> Page:
    """Open the same payment in the office."""
    public_id = payer.page.url.rpartition("/")[2]
    return visit(size=DESKTOP, email=OFFICE, site=site).open(f"/office/payments/{public_id}")


def decide(desk: Page, how: str) -> None:
    """Say how a refund counts, and mean it."""
    desk.get_by_role("button", name=how).click()
    desk.get_by_role("dialog").get_by_role("button", name=how).click()


def left_to_pay(payer: Payer, amount: str) -> None:
    """Look at the invoice: this can be paid of it, or nothing."""
    page = payer.visitor.open(payer.address)
    if amount:
        expect(page.get_by_role("button", name=re.compile(f"^Pay {re.escape(amount)}"))).not_to_have_count(0)
    else:
        expect(page.get_by_role("heading", name="Nothing left to pay")).to_be_visible()


def what_was_paid_out(desk: Page, stripe: RunningStripe) -> None:
    """Go from the list of payouts to the payment of a line, whose page says the same."""
    stripe.act("payouts")
    desk.get_by_role("link", name="Payments", exact=True).first.click()
    desk.get_by_role("link", name="Payouts").click()
    desk.get_by_role("link", name=re.compile("paid out$")).first.click()
    expect(desk.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Payout of £\d+\.\d\d$"))
    rows = desk.locator("tbody tr")
    expect(rows.filter(has_text="Disputed").first).to_contain_text("£240.00")
    assert findings(desk) == []
    targets_are_at_least(desk, 24)
    fits(desk)
    with desk.expect_download() as file:
        desk.get_by_role("link", name="Download CSV").click()
    assert "adjustment" in file.value.path().read_text(encoding="utf-8-sig")
    rows.filter(has_text="Dispute decided for you").get_by_role("link").click()
    expect(desk.get_by_text("The dispute was decided for you.")).to_be_visible()


def test_refunds_from_the_office_and_at_stripe(visit: Visit, site: Site, stripe: RunningStripe):
    payer, payment = paid(visit, site, stripe, "M-1")
    desk = office(visit, site, payer)
    desk.get_by_label("Amount").fill("90")
    desk.get_by_text("The invoice is open again").click()
    desk.get_by_role("button", name="Give back…").click()
    desk.get_by_role("button", name="Give £90.00 back").click()
    expect(payer.page.get_by_text("£90.00 was given back on")).to_be_visible()
    stripe.act(f"payments/{payment}/refund", amount=4000)
    expect(payer.page.get_by_text("£40.00 was given back on")).to_be_visible()
    expect(desk.get_by_text("You have not said yet how it counts.")).to_be_visible()
    assert findings(desk) == []
    assert findings(payer.page) == []
    decide(desk, "The debt is gone as well")
    expect(desk.get_by_role("status").get_by_text("Decided.")).to_be_visible()
    expect(desk.get_by_text("The debt is gone as well (credit note).")).to_be_visible()
    stripe.act(f"payments/{payment}/refund", amount=11000)
    payer.reads("£240.00 was given back")
    expect(desk.get_by_text("All of it has been given back.")).to_be_visible()
    decide(desk, "The invoice is open again")
    expect(desk.get_by_role("status").get_by_text("Decided.")).to_be_visible()
    left_to_pay(payer, "£200.00")


def test_what_was_credited_is_not_called_paid(visit: Visit, site: Site, stripe: RunningStripe):
    payer, _ = paid(visit, site, stripe, "N-1")
    desk = office(visit, site, payer)
    desk.get_by_text("The debt is gone as well").click()
    desk.get_by_role("button", name="Give back…").click()
    desk.get_by_role("button", name="Give £240.00 back").click()
    payer.reads("£240.00 was given back")
    left_to_pay(payer, "")
    page = payer.page
    expect(page.locator(".totals")).to_contain_text("Paid£0.00Credited£240.00Left to pay£0.00")
    expect(page.locator(".aside .badge").first).to_have_text("Credited")
    expect(page).to_have_title("Invoice N-1")
    assert findings(page) == []
    payer.visitor.open("/invoices?show=paid")
    expect(page.get_by_role("link", name=re.compile("Invoice N-1.*Credited"))).to_be_visible()
    expect(page).to_have_title("Invoices")


def test_a_dispute_that_is_won(visit: Visit, site: Site, stripe: RunningStripe):
    payer, payment = paid(visit, site, stripe, "W-1")
    desk = office(visit, site, payer)
    dispute = stripe.act(f"payments/{payment}/dispute")
    payer.reads("£240.00 is disputed")
    assert findings(payer.page) == []
    expect(desk.get_by_text("Answer the dispute in Stripe’s dashboard")).to_be_visible()
    expect(desk.get_by_role("button", name="Give back…")).to_have_count(0)
    assert findings(desk) == []
    payment_page = payer.page.url
    left_to_pay(payer, "£240.00")
    expect(payer.page.get_by_text("your bank is looking at your payment of £240.00 with Visa")).to_be_visible()
    expect(payer.page.locator(".aside .btn-primary")).to_have_count(0)
    assert findings(payer.page) == []
    for path in ("/invoices", "/home"):
        payer.visitor.open(path)
        expect(payer.page.get_by_text("A bank is looking at a payment of £240.00: no need to")).to_be_visible()
        assert findings(payer.page) == []
    payer.page.goto(payment_page)
    stripe.act(f"disputes/{dispute['id']}/won")
    payer.reads("£240.00 is paid")
    expect(desk.get_by_text("The dispute was decided for you.")).to_be_visible()
    left_to_pay(payer, "")
    what_was_paid_out(desk, stripe)


def test_a_dispute_that_is_lost(visit: Visit, site: Site, stripe: RunningStripe):
    payer, payment = paid(visit, site, stripe, "L-1")
    desk = office(visit, site, payer)
    dispute = stripe.act(f"payments/{payment}/dispute")
    payer.reads("£240.00 is disputed")
    stripe.act(f"disputes/{dispute['id']}/lost")
    payer.reads("Your bank has taken back £240.00")
    expect(payer.page.get_by_role("link", name=re.compile("^Receipt"))).to_have_count(0)
    expect(desk.get_by_text("The payer’s bank asked for this money and kept it.")).to_be_visible()
    payer.page.get_by_role("link", name="Pay in another way").click()
    expect(payer.page.get_by_role("button", name=re.compile("^Pay £240.00"))).not_to_have_count(0)


def test_a_debit_that_comes_back_days_after_it_had_cleared(visit: Visit, site: Site, stripe: RunningStripe):
    payer, payment = paid(visit, site, stripe, "D-2", "bacs_clears")
    desk = office(visit, site, payer)
    stripe.act("clock", ahead=DAYS)
    dispute = stripe.act(f"payments/{payment}/dispute", reason="insufficient_funds")
    stripe.act(f"disputes/{dispute['id']}/lost")
    stripe.act("clock", ahead=0)
    payer.reads("Your bank has taken back £240.00")
    expect(payer.page.get_by_role("link", name=re.compile("^Receipt"))).to_have_count(0)
    expect(desk.get_by_text("The bank took this money back after it had arrived.")).to_be_visible()
    assert findings(payer.page) == []
    assert findings(desk) == []
    left_to_pay(payer, "£240.00")
    expect(payer.page.get_by_text("your bank took back the £240.00 paid with Bacs Direct Debit")).to_be_visible()
    assert findings(payer.page) == []
