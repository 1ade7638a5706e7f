"""Somebody at a browser: a context of their own, and a watch over everything that must never happen in it."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize, WebError
from playwright.sync_api import Error as BrowserError

from portal_app import routes
from tests.running import PASSWORD
from tests.site import Site

PHONE: ViewportSize = {"width": 360, "height": 800}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
SIZES = {"phone": PHONE, "desktop": DESKTOP}
Scheme = Literal["light", "dark"]
# What a page shows once its state has arrived.
_TOLD = {
    routes.LOGIN: ".accounts code",
    routes.HOME: ".as-of",
    f"{routes.JOBS}/": ".track",
    routes.JOBS: "#past",
    f"{routes.PLANS}/": "#past",
    f"{routes.INVOICES}/": ".paper",
    routes.INVOICES: "#list",
    routes.STATEMENT: "main form",
    routes.DOCUMENTS: "#list",
    routes.HISTORY: "#list",
    routes.PAYMENT_METHODS: "#methods",
    routes.SETTINGS: "#devices",
    routes.HELP: ".questions summary",
    routes.TERMS: ".prose h3",
    routes.OFFICE_SYNC: ".sync-state",
    routes.OFFICE_CUSTOMER_NEW: "main form",
    f"{routes.OFFICE_CUSTOMERS}/": ".tabs, #rights, [role=alert] .notice, #amount",
    routes.OFFICE_CUSTOMERS: "tbody tr",
    f"{routes.OFFICE_INVOICES}/": ".paper",
    f"{routes.OFFICE_PAYMENTS}/": "#about",
    routes.OFFICE_PAYMENTS: ".tools",
    f"{routes.OFFICE_PAYOUTS}/": "#about, .empty",
    routes.OFFICE_PAYMENT_SETTINGS: "#stripe",
    f"{routes.PAYMENTS}/": "#parts",
    routes.PAYMENTS: "#list",
    routes.OFFICE_REVIEW: ".empty, #waiting",
    routes.OFFICE_VISIBILITY: "#details",
    routes.OFFICE_ACCESS: "main form .choices",
    routes.OFFICE_BRAND: ".check",
    routes.OFFICE_CONTENT: ".prose h3",
    routes.OFFICE_DESIGN: ".paper",
}
# Pages of one record are found as people find them: by the first row of their list.
_LIST_OF = {routes.job("[id]"): routes.JOBS, routes.invoice("[id]"): routes.INVOICES}
_OFFICE_INVOICES = "the invoices of a customer in the office"
# The office's: from which page, by which link, and what comes behind its address.
_VIA = {
    routes.office_customer("[id]"): (routes.OFFICE_CUSTOMERS, "a.name", ""),
    routes.office_customer_edit("[id]"): (routes.OFFICE_CUSTOMERS, "a.name", "/edit"),
    routes.office_person("[id]", "[person]"): (routes.office_customer("[id]"), "a.person-name", ""),
    _OFFICE_INVOICES: (routes.office_customer("[id]"), ".tabs a[href$='tab=invoices']", ""),
    routes.office_invoice("[id]"): (_OFFICE_INVOICES, "a.item", ""),
    routes.office_record_payment("[id]"): (routes.OFFICE_CUSTOMERS, "a.name", "/payments/new"),
    routes.plan("[id]"): (routes.JOBS, ".record[href^='/plans/']", ""),
    routes.payment("[id]"): (routes.invoice("[id]"), "a.item[href^='/payments/']", ""),
    routes.office_payment("[id]"): (routes.OFFICE_PAYMENTS, "tbody a.name", ""),
}
# What has to be written before there is such a page: one refunded in part, held and with everything it can say.
_MAKES = {
    routes.payment("[id]"): """
from sqlmodel import select
from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Allocation, Contact, Invoice, Payment
with transaction() as session:
    customer = session.exec(select(Contact.customer_id).where(Contact.email == "customer@example.com")).first()
    payment = Payment(customer_id=customer, currency="GBP", amount_minor=24000, method="card",
        method_words="Visa ending in 4242", status="succeeded", paid_at=clock.now(), receipt_number="R-C")
    session.add(payment)
    session.flush()
    for invoice in session.exec(select(Invoice.id).where(Invoice.customer_id == customer)):
        session.add(Allocation(payment_id=payment.id, invoice_id=invoice, amount_minor=1, cause="payment",
            booked_at=clock.now()))
""",
    routes.office_payment("[id]"): """
from sqlmodel import select
from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Customer, Payment, Refund
with transaction() as session:
    customer = session.exec(select(Customer).order_by(Customer.id)).first()
    payment = Payment(customer_id=customer.id, currency="GBP", amount_minor=24000, method="cash", method_words="Cash",
        status="succeeded", paid_at=clock.now(), receipt_number="R-A", reference="Cheque 12", evidence="Seen",
        held="Stripe reports 24000 GBP instead of 25000 GBP. Nothing was paid with it; please decide.")
    session.add(payment)
    session.flush()
    session.add(Refund(payment_id=payment.id, amount_minor=500, status="succeeded", stripe_id="re_axe"))
""",
}
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", event =>
  console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI} ${event.sourceFile}`));
"""


@dataclass
class Watch:
    """Collects console errors and warnings, CSP violations, failed requests and requests to other hosts.

    `expected` holds parts of sentences that this one journey brings about on purpose.
    """

    hosts: set[str]
    seen: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch a context and whatever opens in it."""
        context.add_init_script(_REPORT_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("page", self._page)

    def troubles(self) -> list[str]:
        """Return what was seen and not expected."""
        return [line for line in self.seen if not any(part in line for part in self.expected)]

    def _console(self, message: ConsoleMessage) -> None:
        # What a navigation cuts short did not fail.
        if "closed before the connection is established" in message.text:
            return
        if message.type in {"error", "warning", "assert"}:
            self.seen.append(f"console {message.type}: {message.text} {message.location.get('url', '')}")

    def _error(self, error: WebError) -> None:
        self.seen.append(f"uncaught: {error.error}")

    def _request(self, request: Request) -> None:
        self._host(request.url)

    def _host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.netloc not in self.hosts:
            self.seen.append(f"another host: {url}")

    def _failed(self, request: Request) -> None:
        # What a navigation cuts short did not fail.
        if request.failure != "net::ERR_ABORTED":
            self.seen.append(f"failed: {request.url} {request.failure}")

    def _page(self, page: Page) -> None:
        def opened(socket) -> None:
            self._host(socket.url)
            socket.on("framereceived", lambda frame: self.frames.append(str(frame)))

        page.on("websocket", opened)


class Visitor:
    """One browser context on one site; `page` is its first tab."""

    def __init__(
        self,
        browser: Browser,
        site: Site,
        *,
        size: ViewportSize = PHONE,
        scheme: Scheme = "light",
        email: str = "",
        javascript: bool = True,
        reduced_motion: bool = False,
        hosts: tuple[str, ...] = (),
        service_worker: bool = False,
    ) -> None:
        self.site = site
        self._browser = browser
        self.context = browser.new_context(
            base_url=site.url,
            viewport=size,
            has_touch=size["width"] < 768,
            color_scheme=scheme,
            java_script_enabled=javascript,
            reduced_motion="reduce" if reduced_motion else "no-preference",
            locale="en-GB",
            # What a test looks at comes from the network, unless it is about what comes without one.
            service_workers="allow" if service_worker else "block",
        )
        self.context.set_default_timeout(20_000)
        self.watch = Watch({urlsplit(site.url).netloc, *hosts})
        if not javascript:
            # That is how Chromium says that it left a script alone.
            self.watch.expected.append(".js csp")
        if not service_worker:
            self.watch.expected.append("Service Worker registration blocked by Playwright")
        self.watch.over(self.context)
        if email:
            self.bring_session(email)
        self.page = self.context.new_page()

    def bring_session(self, email: str) -> None:
        """Be signed in already, as after an earlier visit."""
        cookies = self.site.portal.sign_in(email).cookies
        self.context.add_cookies(
            [{"name": name, "value": value, "url": self.site.url} for name, value in cookies.items()]
        )

    def open(self, path: str, page: Page | None = None) -> Page:
        """Open an address and wait until it is live: what only the server can tell it is on the screen."""
        tab = page or self.page
        tab.goto(self.find(path))
        arrived = next((told for start, told in _TOLD.items() if urlsplit(tab.url).path.startswith(start)), "h1")
        tab.locator(arrived).first.wait_for()
        return tab

    def find(self, path: str) -> str:
        """Return the address of a page of one record; it is looked for once and holds for the whole run."""
        if path not in self.site.addresses:
            self.site.addresses[path] = self._look_for(path)
        return self.site.addresses[path]

    def _look_for(self, path: str) -> str:
        """Find an address in a browser of its own, which leaves nothing cached in this one."""
        if path in _MAKES:
            self.site.portal.python(_MAKES[path])
        if path == routes.office_payout("[id]"):
            # Without Stripe there is none: the page says so.
            return routes.office_payout("po_none")
        if path in _LIST_OF:
            start, link, tail = _LIST_OF[path], f".record[href^='{_LIST_OF[path]}/']", ""
        elif path in _VIA:
            start, link, tail = _VIA[path]
        else:
            return path
        aside = self._browser.new_context(base_url=self.site.url, storage_state=self.context.storage_state())
        try:
            return (self.open(start, aside.new_page()).locator(link).first.get_attribute("href") or "") + tail
        finally:
            aside.close()

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Fill in the form that is on the screen and send it."""
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def close(self) -> None:
        """Leave."""
        with suppress(BrowserError):
            self.context.close()
