"""What somebody reaches who was sent one invoice: that invoice, and nothing of what is behind any other address."""

import re

import httpx
import pytest

from portal_app import routes
from portal_app.gate import CUSTOMER, STAFF
from portal_app.gate.middleware import session_cookie
from portal_app.pages import PAGES
from portal_app.services.guest_sessions import COOKIE
from tests.hostile.addresses import ENDPOINTS
from tests.hostile.handlers import HOME_LOAD
from tests.hostile.test_pages import is_app
from tests.socket_client import Tab, cookie_header

pytestmark = pytest.mark.timeout(300)
# An invoice of the demo's customer, sent to a guest whose browser has proved the address; who may even pay.
MAKE = """
from sqlmodel import select
from portal_app.database import transaction
from portal_app.models import Contact, Invoice, SecureLink
from portal_app.services import guest_sessions, guests, sessions
from portal_app.services.actors import Origin
with transaction() as session:
    contact = session.exec(select(Contact).where(Contact.email == "customer@example.com")).first()
    invoice = session.exec(select(Invoice).where(Invoice.customer_id == contact.customer_id,
        Invoice.status.in_(("open", "partially_paid", "paid")))).first()
    who = sessions.standing_contact(session, contact.id)
    made = guests.send(session, who, invoice.public_id, guests.Invited("Ann", "ann@books.example", may_pay=True))
    link = session.exec(select(SecureLink).where(SecureLink.public_id == made)).one()
    token, _ = guest_sessions.begin(session, link, Origin(), "")
    print(made, token, invoice.public_id)
"""
# What anybody gets without being anybody, each tested for itself.
FOR_ALL = (
    "/auth/",
    "/l/",
    "/setup/",
    "/brand",
    "/theme.js",
    "/favicon.ico",
    "/manifest",
    "/offline",
    "/sw.js",
    "/shared",
)


@pytest.fixture(scope="module")
def sent(site) -> tuple[str, str, str]:
    """The link's public id, the guest's token, and the invoice's public id."""
    link, token, invoice = site.portal.python(MAKE).strip().splitlines()[-1].split()
    return link, token, invoice


@pytest.fixture
def guest(site, sent) -> httpx.Client:
    client = site.portal.client()
    client.cookies.set(COOKIE, sent[1])
    assert client.get(f"/shared/{sent[0]}").status_code == 200
    return client


def test_no_page_of_the_app_is_sent_to_a_guest(guest, sent):
    for page in PAGES:
        path = re.sub(r"\[.*?\]", sent[2], page.route)
        answer = guest.get(path)
        if page.audience is CUSTOMER and path != routes.TERMS:
            assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")
        elif page.audience is STAFF:
            assert answer.status_code == 404
        assert page.route == routes.LOGIN or not is_app(answer), path


def test_no_other_endpoint_knows_a_guest(site, guest, sent):
    stranger = site.portal.client()
    for route in ENDPOINTS:
        if route.path.startswith(FOR_ALL) or "GET" not in (route.methods or ()):
            continue
        path = re.sub(r"\{[^}]*\}", sent[2], route.path)
        mine, theirs = guest.get(path), stranger.get(path)
        assert (mine.status_code, mine.headers.get("location")) == (theirs.status_code, theirs.headers.get("location"))
        assert mine.headers.get("content-type") != "application/pdf", path


def test_a_guest_s_token_is_nobody_s_session(site, sent):
    client = site.portal.client()
    client.cookies.set("porchlight_session", sent[1])
    assert client.get("/home").headers["location"] == "/login?next=/home"
    assert client.get(f"/shared/{sent[0]}").status_code == 410


async def test_the_gate_takes_a_guest_for_a_stranger(site, guest):
    """So what `test_handlers` tries of visitors with every handler holds for guests."""
    cookie = cookie_header(guest)
    assert session_cookie(cookie) == ""
    async with Tab(site.url, cookie, path="/login") as tab:
        await tab.settled()
        await tab.send(HOME_LOAD, {})
        await tab.until(lambda tab: tab.redirects)
        assert all(path.startswith("/login") for path in tab.redirects)
