"""axe finds nothing on states of pages that are not there when they open, both themes, phone and desktop width."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from portal_app import routes
from portal_app.pages import PAGES
from tests.browser.conftest import Visit
from tests.browser.floors import findings, look, static_findings
from tests.browser.visitor import Visitor
from tests.running import RunningPortal
from tests.site import CUSTOMER, NEIGHBOUR, OFFICE, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
WHO = {
    routes.LOGIN: "",
    routes.HOME: CUSTOMER,
    routes.JOBS: CUSTOMER,
    routes.job("[id]"): CUSTOMER,
    routes.plan("[id]"): CUSTOMER,
    routes.INVOICES: CUSTOMER,
    routes.invoice("[id]"): CUSTOMER,
    routes.payment("[id]"): CUSTOMER,
    routes.PAYMENTS: CUSTOMER,
    routes.STATEMENT: CUSTOMER,
    routes.DOCUMENTS: CUSTOMER,
    routes.HISTORY: CUSTOMER,
    routes.SETTINGS: CUSTOMER,
    routes.PAYMENT_METHODS: CUSTOMER,
    routes.HELP: CUSTOMER,
    routes.TERMS: CUSTOMER,
    routes.OFFICE_CUSTOMERS: OFFICE,
    routes.OFFICE_CUSTOMER_NEW: OFFICE,
    routes.office_customer("[id]"): OFFICE,
    routes.office_customer_edit("[id]"): OFFICE,
    routes.office_person("[id]", "[person]"): OFFICE,
    routes.office_invoice("[id]"): OFFICE,
    routes.OFFICE_PAYMENTS: OFFICE,
    routes.office_payment("[id]"): OFFICE,
    # One that is none: what is in a real one is looked at where there is money, in test_money_back.
    routes.office_payout("[id]"): OFFICE,
    routes.office_record_payment("[id]"): OFFICE,
    routes.OFFICE_PAYMENT_SETTINGS: OFFICE,
    routes.OFFICE_BRAND: OFFICE,
    routes.OFFICE_DESIGN: OFFICE,
    routes.OFFICE_CONTENT: OFFICE,
    routes.OFFICE_DOCUMENTS: OFFICE,
    routes.OFFICE_REVIEW: OFFICE,
    routes.OFFICE_VISIBILITY: OFFICE,
    routes.OFFICE_ACCESS: OFFICE,
    routes.OFFICE_SYNC: OFFICE,
    routes.OFFICE_OUTBOX: OFFICE,
    routes.OFFICE_MAIL: OFFICE,
}
NOTHING = """
from sqlmodel import select
from portal_app.database import transaction
from portal_app.models import Contact, Customer, Login
from portal_app.services import passwords
from portal_app.services.rights import ROLE_RIGHTS, Role
with transaction() as session:
    login = Login(email="new@example.com", password_hash=passwords.hash_password("porchlight-demo"))
    customer = Customer(name="Nora New", portal_access=True)
    session.add_all([login, customer])
    session.flush()
    session.add(Contact(customer_id=customer.id, login_id=login.id, name="Nora New", email="new@example.com",
        role=Role.OWNER, rights=sorted(ROLE_RIGHTS[Role.OWNER])))
"""


def test_every_page_is_known_here():
    assert {page.route for page in PAGES} == set(WHO)


def test_a_page_that_is_not_there(visit: Visit):
    visitor = visit()
    visitor.watch.expected.append("404")
    visitor.page.goto("/nowhere")
    assert static_findings(visitor.page) == []


def test_a_home_with_nothing_in_it(visit: Visit, site: Site):
    with site.portal.rows() as rows:
        missing = rows.execute("select 1 from login where email = 'new@example.com'").fetchone() is None
    if missing:
        site.portal.python(NOTHING)
    visitor = visit(email="new@example.com")
    page = visitor.page
    page.goto("/home")
    expect(page.get_by_text("No visit planned")).to_be_visible()
    expect(page.get_by_text("Nothing yet")).to_be_visible()
    assert findings(page) == []


def test_the_account_menu_open(visit: Visit):
    page = visit(email=NEIGHBOUR).open("/home")
    page.locator(".account").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert look(page) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    assert look(page) == []


def test_the_offices_drawer_open(visit: Visit):
    page = visit(email=OFFICE).open("/office/sync")
    page.get_by_role("button", name="Menu").click()
    expect(page.locator(".drawer")).to_be_visible()
    assert look(page) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    assert look(page) == []


def test_the_sign_in_form_with_its_password_shown_and_a_problem(visit: Visit):
    page = visit().open("/login?e=wrong")
    expect(page.get_by_role("alert")).not_to_be_empty()
    page.get_by_role("button", name="Show password").click()
    expect(page.get_by_role("button", name="Hide password")).to_be_visible()
    assert findings(page) == []


@pytest.fixture(scope="module")
def empty_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    with RunningPortal(tmp_path_factory.mktemp("empty")) as portal:
        yield portal


def test_setting_up(visit: Visit, site: Site, empty_portal: RunningPortal):
    link = re.search(r"https?://\S+/setup/\S+", empty_portal.log)
    assert link, empty_portal.log
    visitor: Visitor = visit(site=Site(empty_portal, site.crm))
    visitor.watch.expected += ["503", "422"]
    page = visitor.page
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Almost there")
    assert look(page) == []
    page.goto(link[0])
    assert static_findings(page) == []
    page.get_by_role("button", name="Create the portal").click()
    expect(page.get_by_role("alert")).to_contain_text("need another look")
    assert look(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
