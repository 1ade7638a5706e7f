"""A customer sends an invoice to somebody else, who opens it on a phone, proves their address, looks, and pays."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.floors import MOST_SHIFT, findings, fits, static_findings, tab_goes_everywhere, targets_are_at_least
from tests.browser.test_paying import MAKE
from tests.browser.visitor import PHONE, Visitor
from tests.demo.running_mailbox import RunningMailbox
from tests.demo.running_stripe import RunningStripe
from tests.site import CUSTOMER, OFFICE, Site, running_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SHIFT = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => list.getEntries().forEach(one => sum += one.value))
    .observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
})"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, stripe: RunningStripe, mailbox: RunningMailbox) -> Iterator[Site]:
    settings = {**stripe.settings, **mailbox.settings}
    with running_site(tmp_path_factory.mktemp("sharing"), **settings) as running:
        stripe.send_events_to(f"{running.url}/webhooks/stripe")
        yield running


def invoice(site: Site, number: str) -> str:
    """Write an invoice over £240.00 of the demo's customer and return its public id."""
    return site.portal.python(MAKE.format(number=number, currency="GBP")).strip().splitlines()[-1]


def send(page: Page, email: str, *, may_pay: bool) -> None:
    """Fill in the form on an invoice's page and send it."""
    page.get_by_text("Send it to somebody else").click()
    page.get_by_label("Their name").fill("Ann Ledger")
    page.get_by_label("Their e-mail").fill(email)
    page.get_by_label("A word to them").fill("For the books.\nThank you!")
    if may_pay:
        page.get_by_label("They may pay it, too").check()
    page.get_by_role("button", name="Send the invoice").click()
    expect(page.get_by_text("It is on its way.")).to_be_visible()


def arrive(guest: Visitor, mailbox: RunningMailbox, email: str) -> Page:
    """Open the link in the guest's mail, type the code, and come to the invoice."""
    page = guest.page
    page.goto(re.search(r"/l/[\w-]{43}", mailbox.wait_for(email, "Invoice")["text"])[0])  # type: ignore[index]
    page.get_by_role("button", name="Send me the code").click()
    code = re.search(r"\d{3} \d{3}", mailbox.wait_for(email, "Your code is")["text"])[0]  # type: ignore[index]
    page.get_by_label("Six-digit code").fill(code)
    page.get_by_role("button", name="Open the invoice").click()
    page.wait_for_url(re.compile("/shared/"))
    return page


def test_it_works(visit: Visit, site: Site, stripe: RunningStripe, mailbox: RunningMailbox):
    email, address = "ann@books.example", f"/invoices/{invoice(site, 'S-1')}"
    owner = visit(email=CUSTOMER, site=site).open(address)
    owner.get_by_role("link", name="Send to somebody").click()
    expect(owner.get_by_label("Their name")).to_be_focused()
    owner.get_by_label("Their name").fill("Ann Ledger")
    owner.get_by_label("Their e-mail").fill("ann@books")
    owner.get_by_role("button", name="Send the invoice").click()
    expect(owner.locator("#guest_email-error")).to_contain_text("does not look like an e-mail address")
    expect(owner.get_by_label("Their name")).to_have_value("Ann Ledger")
    assert findings(owner) == []
    owner.get_by_text("Send it to somebody else").click()
    send(owner, email, may_pay=True)
    expect(owner.get_by_text("Not opened yet")).to_be_visible()
    expect(owner.get_by_label("Their e-mail")).to_have_value("")

    guest = visit(site=site, size=PHONE, hosts=(f"127.0.0.1:{stripe.port}",))
    page = arrive(guest, mailbox, email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Invoice S-1")
    expect(page.get_by_text("Sarah Whitcombe sent this to Ann Ledger.")).to_be_visible()
    expect(owner.get_by_text(re.compile("^Opened: "))).to_be_visible()
    assert page.evaluate(SHIFT) <= MOST_SHIFT
    fits(page)
    page.set_viewport_size(PHONE)
    targets_are_at_least(page, 44)
    tab_goes_everywhere(page)
    assert static_findings(page) == []
    own = page.url.removeprefix(site.url)
    leads_to = page.evaluate("[...document.querySelectorAll('a')].map(one => new URL(one.href).pathname)")
    assert set(leads_to) == {own, f"{own}/invoice.pdf", "hello@hartley.example"}
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PDF").click()
    assert download.value.suggested_filename.startswith("Invoice S-1")

    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Pay £240.00").click()
    page.wait_for_url(re.compile(re.escape(stripe.url)))
    session = next(stripe.state.find("checkout.session"))
    assert (session["customer"], session["customer_email"]) == (None, email)
    stripe.pay(session["id"])
    page.goto(session["success_url"])
    expect(page.get_by_role("heading", name="Nothing left to pay")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    expect(owner.get_by_role("heading", name="Nothing left to pay")).to_be_visible()
    expect(owner.get_by_text("by Ann Ledger")).to_be_visible()
    mailbox.wait_for(email, "Receipt for £240.00")


def test_revoked_while_it_is_open(visit: Visit, site: Site, mailbox: RunningMailbox):
    email, address = "bob@books.example", f"/invoices/{invoice(site, 'S-2')}"
    owner = visit(email=CUSTOMER, site=site).open(address)
    send(owner, email, may_pay=False)
    guest = visit(site=site)
    guest.watch.expected.append("410")
    page = arrive(guest, mailbox, email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Invoice S-2")
    expect(page.get_by_role("button", name=re.compile("^Pay"))).to_have_count(0)
    owner.get_by_role("button", name="Revoke what was sent to Ann Ledger").click()
    owner.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Please open the link in your mail", timeout=5_000)
    assert "240" not in page.content()
    expect(owner.get_by_text("Revoked", exact=True)).to_be_visible()
    expect(owner.get_by_role("button", name=re.compile("^Revoke what"))).to_have_count(0)


def test_the_office_sends_and_revokes_as_well(visit: Visit, site: Site, mailbox: RunningMailbox):
    email, address = "cat@books.example", f"/office/invoices/{invoice(site, 'S-3')}"
    office = visit(email=OFFICE, site=site).open(address)
    send(office, email, may_pay=False)
    guest = visit(site=site)
    guest.watch.expected.append("410")
    page = arrive(guest, mailbox, email)
    expect(page.get_by_text("Ruth Hartley sent this to Ann Ledger.")).to_be_visible()
    assert findings(office) == []
    office.get_by_role("button", name="Revoke what was sent to Ann Ledger").click()
    office.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Please open the link in your mail", timeout=5_000)


def test_without_any_script_everything_works_but_that_it_shuts_by_itself(
    visit: Visit, site: Site, stripe: RunningStripe, mailbox: RunningMailbox
):
    email, address = "dan@books.example", f"/invoices/{invoice(site, 'S-4')}"
    send(visit(email=CUSTOMER, site=site).open(address), email, may_pay=True)
    guest = visit(site=site, javascript=False, hosts=(f"127.0.0.1:{stripe.port}",))
    page = arrive(guest, mailbox, email)
    page.get_by_role("button", name="Pay £240.00").click()
    page.wait_for_url(re.compile(re.escape(stripe.url)))
