"""How customers really come in, at a phone and at a desk: a link, a code, an invitation, and what each may see."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from portal_app.pages.login.state import SENTENCES
from tests.browser.conftest import Visit
from tests.browser.floors import static_findings
from tests.browser.visitor import SIZES, Visitor
from tests.demo.running_mailbox import RunningMailbox
from tests.running import wait_for
from tests.site import CUSTOMER, NEIGHBOUR, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
PASSWORD = "three blue kettles"
_OFFICE = """
from sqlmodel import select
from portal_app.database import transaction
from portal_app.models import Contact, ContactLocation, Customer, Invoice, Location
from portal_app.services import access, invitations, links
from portal_app.services.actors import System
from portal_app.services.rights import ROLE_RIGHTS, Role
actor = System("test")
with transaction() as session:
    contact = session.exec(select(Contact).where(Contact.email == {email!r}).order_by(Contact.id)).first()
    customer = session.get_one(Customer, contact.customer_id)
    print({act})
"""
_ADD = (
    "session.add(one := Contact(customer_id=customer.id, name={name!r}, email={email!r}, role=Role.{role}, "
    "rights=sorted(ROLE_RIGHTS[Role.{role}]), all_locations={everywhere})), session.flush(), {more} "
    "invitations.invite(session, actor, one.public_id)"
)


def office(site: Site, act: str, email: str = NEIGHBOUR) -> str:
    """Let the office do something about somebody; returns the last word it printed."""
    return site.portal.python(_OFFICE.format(email=email, act=act)).strip()


def invoice_of(site: Site, email: str) -> tuple[str, str]:
    """Return public id and number of one of somebody's invoices, once it has been imported."""
    statement = (
        "SELECT invoice.public_id, invoice.number FROM invoice JOIN contact USING (customer_id) "
        "WHERE contact.email = ? AND invoice.status NOT IN ('draft', 'unknown') AND invoice.deleted_at IS NULL"
    )
    with site.portal.rows() as rows:
        found = wait_for(lambda: rows.execute(statement, [email]).fetchone(), "an invoice to be imported")
    return found[0], found[1]


def path_in(mail: dict[str, Any], prefix: str) -> str:
    """Return the path of the mail's link."""
    found = re.search(rf"https?://[^/\s]+({prefix}[A-Za-z0-9_-]+)", mail["text"])
    assert found, mail["text"]
    return found[1]


def type_code(page: Page, mailbox: RunningMailbox, to: str, count: int = 1) -> None:
    """Read the newest code in the mailbox and type it in."""
    found = re.search(r"\b(\d{3}) ?(\d{3})\b", mailbox.wait_for(to, "code", count=count)["text"])
    assert found
    page.get_by_label("Six-digit code").fill(found[1] + found[2])
    page.get_by_role("button", name="Sign in").click()


def codes_so_far(mailbox: RunningMailbox, to: str) -> int:
    return sum("code" in mail["subject"] for mail in mailbox.messages(to))


def send_link(site: Site, mailbox: RunningMailbox, invoice: str) -> tuple[str, str]:
    """Let the office mail a link to an invoice; returns the link's public id and its path."""
    before = len(mailbox.messages(NEIGHBOUR))
    wanted = f"target_kind='invoice', target_public_id={invoice!r}"
    link = office(site, f"links.send(session, actor, customer.public_id, {wanted})")
    return link, path_in(mailbox.wait_for(NEIGHBOUR, count=before + 1), "/l/")


@pytest.mark.parametrize("size", SIZES)
def test_a_link_leads_to_the_invoice_by_a_code_and_straight_there_the_second_time(
    visit: Visit, site: Site, mailbox: RunningMailbox, size: str
):
    public_id, number = invoice_of(site, NEIGHBOUR)
    _, path = send_link(site, mailbox, public_id)
    page = visit(size=SIZES[size]).page
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_have_text("An invoice for you")
    assert number not in page.content()
    assert NEIGHBOUR not in page.content()
    before = codes_so_far(mailbox, NEIGHBOUR)
    page.get_by_role("button", name="Send me the code").click()
    page.wait_for_url("**/auth/code")
    type_code(page, mailbox, NEIGHBOUR, before + 1)
    page.wait_for_url(f"**/invoices/{public_id}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    page.goto(path)
    page.wait_for_url(f"**/invoices/{public_id}")
    assert codes_so_far(mailbox, NEIGHBOUR) == before + 1


def test_an_expired_link_says_so_and_a_fresh_one_comes_by_mail(visit: Visit, site: Site, mailbox: RunningMailbox):
    link, path = send_link(site, mailbox, invoice_of(site, NEIGHBOUR)[0])
    with site.portal.rows() as rows:
        rows.execute(
            "UPDATE secure_link SET expires_at = '2026-01-01 00:00:00', last_sent_at = NULL WHERE public_id = ?",
            [link],
        )
    visitor = visit()
    visitor.watch.expected.append("410")
    page = visitor.page
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link no longer works")
    before = len(mailbox.messages(NEIGHBOUR))
    page.get_by_role("button", name="Send me a fresh link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look in your mail")
    page.goto(path_in(mailbox.wait_for(NEIGHBOUR, count=before + 1), "/l/"))
    expect(page.get_by_role("button", name="Send me the code")).to_be_visible()


def test_a_link_revoked_shuts_the_pages_that_came_in_by_it(visit: Visit, site: Site, mailbox: RunningMailbox):
    link, path = send_link(site, mailbox, invoice_of(site, NEIGHBOUR)[0])
    page = visit().page
    page.goto(path)
    before = codes_so_far(mailbox, NEIGHBOUR)
    page.get_by_role("button", name="Send me the code").click()
    type_code(page, mailbox, NEIGHBOUR, before + 1)
    page.wait_for_url("**/invoices/**")
    page.goto("/home")
    page.locator(".as-of").wait_for()
    office(site, f"links.revoke(session, actor, {link!r})")
    page.wait_for_url(re.compile(r"/login\?e=ended$"))
    expect(page.get_by_role("alert")).to_contain_text(SENTENCES["ended"])


def accept(visitor: Visitor, mailbox: RunningMailbox, email: str) -> Page:
    """Open somebody's invitation and choose a password."""
    page = visitor.page
    page.goto(path_in(mailbox.wait_for(email), "/auth/invite/"))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()
    page.wait_for_url("**/home")
    page.locator("h1").wait_for()
    return page


@pytest.mark.parametrize("size", SIZES)
def test_an_invitation_a_password_and_signing_in_with_it(visit: Visit, site: Site, mailbox: RunningMailbox, size: str):
    email = f"invited-{size}@example.com"
    office(site, _ADD.format(name="Nils", email=email, role="HOUSEHOLD", everywhere=True, more=""))
    page = accept(visit(size=SIZES[size]), mailbox, email)
    page.locator(".account").click()
    page.get_by_role("button", name="Sign out").click()
    again = visit(size=SIZES[size])
    again.open("/login")
    again.sign_in(email, PASSWORD)
    again.page.wait_for_url("**/home")


def test_a_bookkeeper_sees_money_and_no_jobs(visit: Visit, site: Site, mailbox: RunningMailbox):
    act = _ADD.format(name="Bo", email="books@example.com", role="BOOKKEEPER", everywhere=True, more="")
    office(site, act, CUSTOMER)
    page = accept(visit(), mailbox, "books@example.com")
    page.goto("/invoices")
    expect(page.get_by_role("link", name=re.compile("Invoice")).first).to_be_visible()
    expect(page.get_by_role("link", name="Jobs")).to_have_count(0)
    page.goto("/jobs")
    expect(page.get_by_text("Annual boiler service")).to_have_count(0)


def test_a_tenant_sees_one_property_of_three(visit: Visit, site: Site, mailbox: RunningMailbox):
    place = (
        "session.exec(select(Location).where(Location.customer_id == customer.id, Location.label.like('%cottage%')))"
    )
    more = f"session.add(ContactLocation(contact_id=one.id, location_id={place}.first().id)),"
    act = _ADD.format(name="Tia", email="tenant@example.com", role="VIEWER", everywhere=False, more=more)
    office(site, act, CUSTOMER)
    page = accept(visit(), mailbox, "tenant@example.com")
    page.goto("/jobs")
    expect(page.get_by_role("link", name=re.compile("cottage")).first).to_be_visible()
    assert "Julian House" not in page.content()
    page.goto("/invoices")
    expect(page.get_by_text(re.compile("£"))).to_have_count(0)


def test_two_customers_under_one_address(visit: Visit, site: Site, mailbox: RunningMailbox):
    for who in (CUSTOMER, NEIGHBOUR):
        act = _ADD.format(name="Two Hats", email="two@example.com", role="HOUSEHOLD", everywhere=True, more="")
        office(site, act, who)
    page = accept(visit(), mailbox, "two@example.com")
    page.locator(".account").click()
    other = page.locator("form[action='/auth/switch'] button").first
    name = other.inner_text().strip().splitlines()[0]
    other.click()
    page.wait_for_url("**/home")
    page.locator(".as-of").wait_for()
    page.locator(".account").click()
    expect(page.locator("form[action='/auth/switch'] button")).to_have_count(1)
    expect(page.locator("form[action='/auth/switch'] button")).not_to_contain_text(name)


def test_a_code_without_any_script(visit: Visit, mailbox: RunningMailbox):
    page = visit(javascript=False).page
    page.goto("/auth/link")
    before = codes_so_far(mailbox, CUSTOMER)
    page.get_by_label("E-mail").fill(CUSTOMER)
    page.get_by_role("button", name="E-mail me a link").click()
    type_code(page, mailbox, CUSTOMER, before + 1)
    page.wait_for_url("**/home")


@pytest.mark.parametrize("path", ["/auth/link", "/auth/code", "/auth/forgot", "/auth/forgot?sent=yes"])
def test_axe_finds_nothing_at_the_door(visit: Visit, path: str):
    visitor = visit()
    visitor.page.goto(path)
    assert static_findings(visitor.page) == []


def test_axe_finds_nothing_on_a_link(visit: Visit, site: Site, mailbox: RunningMailbox):
    _, path = send_link(site, mailbox, invoice_of(site, NEIGHBOUR)[0])
    visitor = visit()
    visitor.watch.expected.append("410")
    for address in (path, "/l/" + "x" * 43):
        visitor.page.goto(address)
        assert static_findings(visitor.page) == []
