"""The office takes money: Stripe's key becomes a working account, cash is recorded, a part of it is given back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.floors import findings
from tests.browser.visitor import DESKTOP, PHONE
from tests.demo.running_stripe import RunningStripe
from tests.running import wait_for
from tests.site import CUSTOMER, OFFICE, Site, running_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, stripe: RunningStripe) -> Iterator[Site]:
    """A portal that knows where Stripe is and has no key yet."""
    with running_site(tmp_path_factory.mktemp("office-payments"), STRIPE_API_BASE=stripe.url) as running:
        yield running


def test_without_a_key_nothing_pretends(visit: Visit, site: Site, stripe: RunningStripe):
    visitor = visit(email=CUSTOMER, site=site)
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.open("/invoices/[id]")
    expect(page.get_by_text("12345678", exact=True)).to_be_visible()
    page.get_by_role("button", name="Copy Account number").click()
    expect(page.get_by_role("button", name="Copied: Account number")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "12345678"
    page.get_by_role("button", name="Copy Sort code").click()
    expect(page.get_by_role("button", name=re.compile("^Copied"))).to_have_count(1)
    expect(page.get_by_role("button", name=re.compile("^Pay"))).to_have_count(0)
    assert findings(page) == []
    office = visit(size=DESKTOP, email=OFFICE, site=site).open("/office/settings/payments")
    expect(office.get_by_role("region", name="Stripe")).to_contain_text("Customers cannot pay by card")
    expect(office.get_by_role("button", name="Make a test payment")).to_have_count(0)
    expect(office.get_by_role("button", name="Check now")).to_have_count(0)
    assert stripe.requests() == []


def test_a_key_becomes_a_working_account(visit: Visit, site: Site, stripe: RunningStripe):
    page = visit(size=DESKTOP, email=OFFICE, site=site).open("/office/settings/payments")
    section = page.get_by_role("region", name="Stripe")
    expect(section).to_contain_text("Not set up")
    page.get_by_label("Secret key").fill("pk_test_wrong")
    page.get_by_role("button", name="Save the key").click()
    expect(section).to_contain_text("publishable")
    page.get_by_label("Secret key").fill(stripe.key)
    page.get_by_role("button", name="Save the key").click()
    expect(section).to_contain_text("Hartley Heating & Plumbing")
    for words in ("Test mode", "Allowed", "Cards", "Works", f"The key ends in {stripe.key[-4:]}"):
        expect(section).to_contain_text(words)
    expect(page.get_by_label("Secret key")).to_have_value("")
    page.get_by_role("button", name="Make a test payment").click()
    expect(section).to_contain_text("The test payment went through: £5.00 was paid and given back at Stripe")
    expect(section).to_contain_text("Stripe’s news came here as well.")
    assert findings(page) == []
    page.get_by_label("Words for those who pay by bank transfer").fill("Hartley, 00-00-00, 12345678")
    expect(page.locator("figure.preview")).to_contain_text("00-00-00, 12345678")
    page.get_by_label("Least amount of a part").fill("ten")
    save = page.get_by_role("region", name="What customers may do").get_by_role("button", name="Save")
    save.click()
    expect(page.get_by_text("Please type an amount such as")).to_be_visible()
    expect(page.get_by_label("Words for those who pay")).to_have_value("Hartley, 00-00-00, 12345678")
    page.get_by_label("Least amount of a part").fill("10")
    save.click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()


def left_of(page: Page) -> str:
    """Return what the customer's own page of an invoice says is left to pay, as it reads when it is opened."""
    page.reload()
    page.locator(".paper").wait_for()
    return page.locator(".totals").inner_text()


def test_money_that_pays_nothing_is_used_for_an_invoice(visit: Visit, site: Site):
    theirs = visit(size=DESKTOP, email=CUSTOMER, site=site).open("/invoices/[id]")
    invoice = theirs.url.rpartition("/")[2]
    before = left_of(theirs)
    page = visit(size=PHONE, email=OFFICE, site=site).open(f"/office/invoices/{invoice}")
    page.get_by_role("link", name="Record a payment").click()
    ticked = page.locator(f"input[name='invoice_{invoice}']")
    expect(ticked).to_be_checked()
    ticked.click()
    expect(ticked).not_to_be_checked()
    page.get_by_label("Cash").check()
    page.get_by_label("Amount").fill("7.50")
    page.get_by_role("button", name="Record the payment").click()
    expect(page.get_by_role("heading", name="£7.50 of £7.50 pays no invoice.")).to_be_focused()
    assert findings(page) == []
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_label("Amount")).to_be_focused()
    ticked.click()
    expect(ticked).to_be_checked()
    expect(page.get_by_label("Amount")).to_have_value("7.50")
    ticked.click()
    expect(ticked).not_to_be_checked()
    page.get_by_role("button", name="Record the payment").click()
    page.get_by_role("button", name="Record £7.50").dblclick()
    section = page.get_by_role("region", name="Use it for an invoice")
    expect(section).to_contain_text("£7.50 of this payment pays no invoice.")
    list_of_theirs = visit(email=CUSTOMER, site=site).open("/payments")
    expect(list_of_theirs.get_by_text("You have £7.50 with us.")).to_be_visible()
    section.locator(f"input[value='{invoice}']").check()
    expect(section.get_by_label("How much")).to_have_value("7.50")
    section.get_by_label("How much").fill("8")
    section.get_by_role("button", name="Use it").click()
    expect(section.get_by_text("At most £7.50 of this payment can be used.")).to_be_visible()
    assert findings(page) == []
    section.get_by_label("How much").fill("2.50")
    section.get_by_role("button", name="Use it").dblclick()
    expect(page.get_by_role("status").get_by_text("£2.50 was used for invoice")).to_be_visible()
    expect(section).to_contain_text("£5.00 of this payment pays no invoice.")
    expect(list_of_theirs.get_by_text("You have £5.00 with us.")).to_be_visible()
    assert findings(list_of_theirs) == []
    wait_for(lambda: left_of(theirs) != before, "the credit on the customer's page")


def test_cash_is_recorded_and_a_part_of_it_given_back(visit: Visit, site: Site):
    customer = visit(size=DESKTOP, email=CUSTOMER, site=site)
    theirs = customer.open("/invoices/[id]")
    invoice = theirs.url.rpartition("/")[2]
    page = visit(size=DESKTOP, email=OFFICE, site=site).open(f"/office/invoices/{invoice}")
    before = left_of(theirs)
    page.get_by_role("link", name="Record a payment").click()
    expect(page.get_by_label("Amount")).to_have_value(re.compile(r"^\d+\.\d\d$"))
    whole = page.get_by_label("Amount").input_value()
    page.get_by_role("button", name="Record the payment").click()
    expect(page.get_by_text("Please choose how it was paid.")).to_be_visible()
    expect(page.get_by_label("Cash")).to_be_focused()
    assert findings(page) == []
    page.get_by_label("Cash").check()
    page.get_by_role("button", name="Record the payment").dblclick()
    expect(page.get_by_role("status").get_by_text("Recorded.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{float(whole):,.2f}")
    wait_for(lambda: left_of(theirs) != before, "the payment on the customer's page")
    page.get_by_label("Amount").fill("1")
    page.get_by_text("The invoice is open again").click()
    page.get_by_role("button", name="Give back…").click()
    expect(page.get_by_text("Give £1.00 back to")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("button", name="Give £1.00 back").click()
    expect(page.get_by_role("status").get_by_text("£1.00 was given back.")).to_be_visible()
    wait_for(lambda: "£1.00" in left_of(theirs), "the reopened pound on the customer's page")
    page.get_by_role("link", name="Payments", exact=True).first.click()
    expect(page.locator("tbody tr").filter(has_text="Partly refunded")).to_have_count(1)
    assert findings(page) == []


def test_payouts_and_the_accountants_file(visit: Visit, site: Site):
    page = visit(size=DESKTOP, email=OFFICE, site=site).open("/office/payments")
    page.get_by_role("link", name="Payouts").click()
    expect(page.get_by_text("No payouts")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("link", name="For the accountant").click()
    page.get_by_label("Last day").fill("2099-12-31")
    page.get_by_label("First day").fill("2090-01-01")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert download.value.path().read_text(encoding="utf-8-sig").startswith("date,kind,customer")
    assert findings(page) == []
