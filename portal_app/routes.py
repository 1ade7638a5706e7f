"""Every address of the site, as a constant or a builder."""

from urllib.parse import quote, urlencode

ROOT = "/"
LOGIN = "/login"
SETUP = "/setup"
HOME = "/home"
JOBS = "/jobs"
PLANS = "/plans"
INVOICES = "/invoices"
QUOTES = "/quotes"
PAYMENTS = "/payments"
MESSAGES = "/messages"
MORE = "/more"
SETTINGS = "/settings"
SETTINGS_NOTES = "/settings#notes"
PAYMENT_METHODS = "/settings/payment-methods"
HELP = "/help"
TERMS = "/terms"
STATEMENT = "/statement"
DOCUMENTS = "/documents"
HISTORY = "/history"
OFFICE = "/office"
OFFICE_CUSTOMERS = "/office/customers"
OFFICE_CUSTOMER_NEW = "/office/customers/new"
OFFICE_REVIEW = "/office/review"
OFFICE_INVOICES = "/office/invoices"
OFFICE_PAYMENTS = "/office/payments"
OFFICE_FILES = "/office/files/"
OFFICE_PAYMENTS_CSV = "/office/files/payments.csv"
OFFICE_PAYOUTS = "/office/payouts"
OFFICE_PAYMENT_SETTINGS = "/office/settings/payments"
OFFICE_OUTBOX = "/office/outbox"
OFFICE_SYNC = "/office/sync"
OFFICE_BRAND = "/office/settings/brand"
OFFICE_MAIL = "/office/settings/mail"
OFFICE_CONTENT = "/office/settings/content"
OFFICE_DOCUMENTS = "/office/settings/documents"
OFFICE_VISIBILITY = "/office/settings/visibility"
OFFICE_ACCESS = "/office/settings/access"
OFFICE_DESIGN = "/office/design"
HEALTH = "/healthz"
STRIPE_WEBHOOK = "/webhooks/stripe"
PAY = "/pay/"
AUTH_LOGIN = "/auth/login"
AUTH_LOGOUT = "/auth/logout"
AUTH_LINK = "/auth/link"
AUTH_CODE = "/auth/code"
AUTH_FORGOT = "/auth/forgot"
AUTH_PASSWORD = "/auth/password"  # noqa: S105 - an address
AUTH_RESET = "/auth/reset"
AUTH_INVITE = "/auth/invite"
AUTH_SWITCH = "/auth/switch"
AUTH_SETUP = "/auth/setup"
LINK = "/l"
SHARED = "/shared/"
THEME_JS = "/theme.js"
BRAND_CSS = "/brand.css"
BRAND_LOGO = "/brand/logo"
BRAND_COVER = "/brand/cover"
BRAND_ICON = "/brand/icon"
BRAND_PICTURES = "/office/brand/"
PORTAL_CSS = "/portal.css"
MANIFEST = "/manifest.webmanifest"
OFFLINE = "/offline"
SERVICE_WORKER = "/sw.js"
FILES = "/files/"
STATEMENT_PDF = "/files/statements.pdf"
STATEMENT_CSV = "/files/statements.csv"
OFFICE_SAMPLE_INVOICE = "/office/files/sample-invoice.pdf"

CUSTOMER_PAGES = (
    HOME,
    JOBS,
    INVOICES,
    PAYMENTS,
    QUOTES,
    MESSAGES,
    MORE,
    SETTINGS,
    HELP,
    TERMS,
    STATEMENT,
    DOCUMENTS,
    HISTORY,
)


def login(next_path: str = "", error: str = "") -> str:
    """Return the sign-in address, keeping where the person wanted to go and what went wrong."""
    query = [f"{name}={quote(value, safe='/')}" for name, value in (("next", next_path), ("e", error)) if value]
    return LOGIN + ("?" + "&".join(query) if query else "")


def safe_next(value: str | None) -> str:
    """Return a local path to continue to, or an empty string when the value could leave the site."""
    if not value or len(value) > 300 or not value.startswith("/") or value.startswith(("//", "/\\")):
        return ""
    if any(ord(character) < 33 or character == "\\" for character in value):
        return ""
    return value


def job(public_id: str) -> str:
    """Return the address of one job, empty without its id."""
    return f"{JOBS}/{public_id}" if public_id else ""


def plan(public_id: str) -> str:
    """Return the address of one recurring plan."""
    return f"{PLANS}/{public_id}"


def invoice(public_id: str) -> str:
    """Return the address of one invoice."""
    return f"{INVOICES}/{public_id}"


def payment(public_id: str) -> str:
    """Return the address of one payment, by its own id or that of the try it came of."""
    return f"{PAYMENTS}/{public_id}"


def checkout(attempt: str) -> str:
    """Return the address that leads on to Stripe's page of a try."""
    return f"{PAY}{attempt}"


def office_payment(public_id: str) -> str:
    """Return the address of one payment in the office."""
    return f"{OFFICE_PAYMENTS}/{public_id}"


def office_payment_list(tab: str = "", show: str = "", after: str = "", **more: str) -> str:
    """Return the address of the office's payments: a tab of them, a filter, and where the list goes on.

    `more` is what else is asked for: `q` the words, `from` and `to` the days, `customer` whose.
    """
    given = {"tab": tab, "show": "" if show == "all" else show, **more, "after": after}
    query = urlencode({name: value for name, value in given.items() if value})
    return OFFICE_PAYMENTS + (f"?{query}" if query else "")


def office_payout(stripe_id: str) -> str:
    """Return the address of one of Stripe's payouts in the office, by Stripe's own id."""
    return f"{OFFICE_PAYOUTS}/{stripe_id}"


def office_payout_file(stripe_id: str) -> str:
    """Return the address of what is in a payout, as CSV."""
    return f"{OFFICE_FILES}payouts/{stripe_id}.csv"


def office_record_payment(customer: str, invoice: str = "") -> str:
    """Return the address of the form in which the office records money it has taken, perhaps for one invoice."""
    return f"{OFFICE_CUSTOMERS}/{customer}/payments/new" + (f"?invoice={invoice}" if invoice else "")


def office_customer_list(typed: str = "", show: str = "", after: str = "", before: str = "") -> str:
    """Return the address of the office's list of customers: what was typed, a filter, and where it goes on."""
    given = {"q": typed, "filter": "" if show == "all" else show, "after": after, "before": before}
    query = urlencode({name: value for name, value in given.items() if value})
    return OFFICE_CUSTOMERS + (f"?{query}" if query else "")


def office_customer(public_id: str, tab: str = "") -> str:
    """Return the address of a customer's profile in the office, perhaps of one of its tabs."""
    return f"{OFFICE_CUSTOMERS}/{public_id}" + (f"?tab={tab}" if tab else "")


def office_customer_edit(public_id: str) -> str:
    """Return the address of the form in which the office changes a customer."""
    return f"{OFFICE_CUSTOMERS}/{public_id}/edit"


def office_person(customer: str, contact: str) -> str:
    """Return the address of one of a customer's people in the office; `new` for one to be added."""
    return f"{OFFICE_CUSTOMERS}/{customer}/people/{contact}"


def office_brand(picture: str, told: str) -> str:
    """Return the address of the brand's settings where it is said what came of a picture; `told` is a code word."""
    return f"{OFFICE_BRAND}?picture={picture}&told={told}#{picture}-picture"


def brand_upload(kind: str) -> str:
    """Return the address that takes a picture of the brand: logo, logo_dark or cover."""
    return f"{BRAND_PICTURES}{kind}"


def brand_remove(kind: str) -> str:
    """Return the address that takes a picture of the brand away."""
    return f"{BRAND_PICTURES}{kind}/remove"


def brand_focus() -> str:
    """Return the address that cuts the cover around another point."""
    return f"{BRAND_PICTURES}cover/focus"


def office_invoice(public_id: str) -> str:
    """Return the address of the office's preview of an invoice."""
    return f"{OFFICE_INVOICES}/{public_id}"


def link(token: str) -> str:
    """Return the path of a secure link."""
    return f"{LINK}/{token}"


def shared(link: str) -> str:
    """Return the address of the one invoice that a guest was sent, by its link's public id."""
    return f"{SHARED}{link}"


def shared_file(link: str) -> str:
    """Return the address of that invoice's PDF."""
    return f"{SHARED}{link}/invoice.pdf"


def shared_news(link: str) -> str:
    """Return the address at which that invoice's open page asks whether it still stands."""
    return f"{SHARED}{link}/news"


def shared_pay(link: str) -> str:
    """Return the address that takes a guest on to Stripe's page."""
    return f"{SHARED}{link}/pay"


def shared_paid(link: str) -> str:
    """Return the address at which a guest comes back from Stripe's page."""
    return f"{SHARED}{link}/paid"


def reset(token: str) -> str:
    """Return the path of a link that sets a new password."""
    return f"{AUTH_RESET}/{token}"


def invite(token: str) -> str:
    """Return the path of an invitation."""
    return f"{AUTH_INVITE}/{token}"


def setup(token: str) -> str:
    """Return the path of the owner's one-hour set-up link."""
    return f"{SETUP}/{token}"


def icon(side: int) -> str:
    """Return the address of the business's icon as a PNG of that many pixels each way."""
    return f"{BRAND_ICON}?size={side}"


def technician_photo(public_id: str) -> str:
    """Return the address of a technician's photo."""
    return f"{FILES}technicians/{public_id}"


def invoice_file(public_id: str) -> str:
    """Return the address of an invoice's PDF."""
    return f"{FILES}invoices/{public_id}.pdf"


def receipt_file(public_id: str) -> str:
    """Return the address of a payment's receipt as PDF."""
    return f"{FILES}receipts/{public_id}.pdf"


def office_receipt_file(public_id: str) -> str:
    """Return the address of a payment's receipt as PDF for the office."""
    return f"{OFFICE_FILES}receipts/{public_id}.pdf"


def office_invoice_file(public_id: str) -> str:
    """Return the address of an invoice's PDF for the office."""
    return f"{OFFICE_FILES}invoices/{public_id}.pdf"


def file(public_id: str, size: str) -> str:
    """Return the address of a customer's photo or document: small, medium or large."""
    return f"{FILES}{public_id}/{size}"


def office_file_upload(what: str, public_id: str) -> str:
    """Return the address that takes files for a customer, property, job or visit."""
    return f"{OFFICE_FILES}add/{what}/{public_id}"
