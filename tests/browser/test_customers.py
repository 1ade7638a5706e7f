"""The office finds a customer, opens their portal, invites somebody, hands out a link and takes it back."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal_app.demo.crm.stamps import now_stamp
from tests.browser.conftest import Visit
from tests.browser.floors import findings
from tests.browser.visitor import SIZES
from tests.site import NEIGHBOUR, OFFICE, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def find(page: Page, typed: str, name: str) -> None:
    """Search for a customer and open their profile."""
    page.get_by_role("searchbox", name="Search customers").fill(typed)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"\?q="))
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="About this customer").get_by_role("link", name=name).click()
    expect(page.locator(".tabs [aria-current=page]")).to_contain_text(name)


@pytest.mark.parametrize("size", SIZES)
def test_from_the_search_to_a_revoked_link(visit: Visit, site: Site, size: str):
    visitor = visit(size=SIZES[size], email=OFFICE)
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.open("/office/customers")
    name, phone = {"phone": ("Margaret Osei", "m.osei"), "desktop": ("Rowan Bhatt", "rowan@example.com")}[size]
    find(page, phone, name)

    page.get_by_role("switch", name="Portal access").click()
    expect(page.get_by_role("switch", name="Portal access")).to_be_checked()
    tab(page, "People")
    page.get_by_role("button", name=re.compile("^Invite")).click()
    expect(page.get_by_text("The invitation is on its way.")).to_be_visible()
    expect(page.locator(".person-row")).to_contain_text("Invited")
    page.reload()
    expect(page.locator(".person-row")).to_contain_text("Invited")

    tab(page, "Links")
    page.get_by_label("It opens").select_option(index=1)
    page.get_by_role("button", name="Make the link").click()
    address = page.get_by_label("The new link")
    expect(address).to_have_value(re.compile(rf"^{re.escape(site.url)}/l/[\w-]{{40,}}$"))
    link = address.input_value()
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link
    page.get_by_role("button", name="Done").click()
    expect(address).to_have_count(0)
    assert site.portal.client().get(link).status_code == 200

    row = page.locator("tbody tr").first
    row.get_by_role("button", name=re.compile("^Revoke the link")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(row.get_by_role("button", name=re.compile("^Revoke the link"))).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Revoke it").click()
    expect(row).to_contain_text("Revoked")
    assert site.portal.client().get(link).status_code == 410


def test_every_tab_for_everybody(visit: Visit):
    page = visit(email=OFFICE).open("/office/customers")
    find(page, "whitcombe", "Sarah Whitcombe")
    for name in ("Overview", "People", "Links", "Jobs", "Invoices", "Activity"):
        tab(page, name)
        assert findings(page) == [], name


def test_rights_follow_a_role_and_a_switch(visit: Visit):
    page = visit(size=SIZES["desktop"], email=OFFICE).open("/office/customers")
    find(page, "mark.w@", "Sarah Whitcombe")
    tab(page, "People")
    page.get_by_role("link", name="Mark Whitcombe", exact=True).click()
    page.get_by_role("radio", name=re.compile("^Bookkeeper")).click()
    money = page.get_by_role("switch", name=re.compile("^Money"))
    expect(money).to_be_checked()
    money.click()
    expect(money).not_to_be_checked()
    page.get_by_role("button", name="Save rights").click()
    expect(page.get_by_text("The rights are saved")).to_be_visible()
    page.reload()
    expect(page.get_by_role("radio", name=re.compile("^Bookkeeper"))).to_be_checked()
    expect(page.get_by_role("switch", name=re.compile("^Money"))).not_to_be_checked()
    page.get_by_role("radio", name=re.compile("^Viewer")).click()
    expect(page.get_by_role("radio", name=re.compile("^Viewer"))).to_be_checked()
    page.get_by_role("button", name="Save rights").click()
    expect(page.get_by_text("The rights are saved")).to_be_visible()


def test_what_the_crm_says_otherwise_waits_for_the_office(visit: Visit, site: Site):
    store = site.crm.store
    contact, before = next(one for one in store.all("contacts") if one[1]["emails"] == [NEIGHBOUR])
    customer = visit(email=NEIGHBOUR).open("/settings")
    site.crm.stop()
    try:
        customer.get_by_role("button", name="Change Name").click()
        customer.get_by_label("Your name").fill("Jo Lindqvist-Berg")
        customer.get_by_role("button", name="Save").click()
        expect(customer.get_by_text("Your name is saved.")).to_be_visible()
        store.put("contacts", contact, {**before, "name": "Johanna Lindqvist"}, now_stamp())
    finally:
        site.crm.start()
    page = visit(email=OFFICE).open("/office/customers")
    find(page, "lindqvist", "Peter and Jo Lindqvist")
    theirs = page.get_by_role("button", name="Take theirs")
    expect(theirs).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Johanna Lindqvist").first).to_be_visible()
    expect(customer.get_by_text("Jo Lindqvist-Berg").first).to_be_visible()
    assert findings(page) == []
    theirs.click()
    expect(page.get_by_text("The CRM's value counts again.")).to_be_visible()
    expect(theirs).to_have_count(0)
    expect(customer.get_by_text("Johanna Lindqvist").first).to_be_visible()
    store.put("contacts", contact, before, now_stamp())
    account = customer.get_by_role("button", name="Your account, Jo Lindqvist", exact=True)
    expect(account).to_be_visible(timeout=20_000)


def test_inviting_many_counts_before_it_sends(visit: Visit):
    page = visit(size=SIZES["desktop"], email=OFFICE).open("/office/customers?q=prior")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Switch portal on and invite").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("without a valid e-mail address")
    assert findings(page) == []
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)


def test_a_new_customer_keeps_what_was_typed_until_it_fits(visit: Visit):
    page = visit(email=OFFICE).open("/office/customers/new")
    page.get_by_label("Customer number").fill("900")
    page.get_by_label("E-mail").fill("nobody")
    page.get_by_role("button", name="Add customer").click()
    expect(page.get_by_text("The name is missing.")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value("nobody")
    assert findings(page) == []
    page.get_by_label("Name", exact=True).first.fill("Nadia Nine")
    page.get_by_label("E-mail").fill("nadia@example.com")
    page.get_by_role("button", name="Add customer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nadia Nine")
    page.goto("/office/customers?q=nadia nine")
    expect(page.locator("tbody tr")).to_have_count(1)
