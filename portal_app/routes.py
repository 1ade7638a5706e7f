"""Every address of the site, as a constant or a builder."""

from urllib.parse import quote

ROOT = "/"
LOGIN = "/login"
SETUP = "/setup"
HOME = "/home"
JOBS = "/jobs"
INVOICES = "/invoices"
QUOTES = "/quotes"
MESSAGES = "/messages"
MORE = "/more"
SETTINGS = "/settings"
OFFICE = "/office"
OFFICE_SYNC = "/office/sync"
HEALTH = "/healthz"
AUTH_LOGIN = "/auth/login"
AUTH_LOGOUT = "/auth/logout"
AUTH_SETUP = "/auth/setup"
THEME_JS = "/theme.js"
BRAND_CSS = "/brand.css"
BRAND_LOGO = "/brand/logo"
BRAND_COVER = "/brand/cover"
BRAND_ICON = "/brand/icon"
FILES = "/files/"

CUSTOMER_PAGES = (HOME, JOBS, INVOICES, QUOTES, MESSAGES, MORE, SETTINGS)


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
    """Return the address of one job."""
    return f"{JOBS}/{public_id}"


def invoice(public_id: str) -> str:
    """Return the address of one invoice."""
    return f"{INVOICES}/{public_id}"


def setup(token: str) -> str:
    """Return the path of the owner's one-hour set-up link."""
    return f"{SETUP}/{token}"


def technician_photo(public_id: str) -> str:
    """Return the address of a technician's photo."""
    return f"{FILES}technicians/{public_id}"
