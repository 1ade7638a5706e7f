"""The front door while the portal is shut: the same neutral answers, and one page for whoever has to wait."""

from pathlib import Path

import httpx
import pytest
from sqlmodel import select
from starlette.applications import Starlette

from portal_app import database
from portal_app.delivery import Delivery, Site
from portal_app.gate import CUSTOMER, STAFF, VISITOR
from portal_app.models import Business, Contact, LoginSession, OneTimeCode, PasswordLink
from portal_app.services import business as business_service
from portal_app.services import invitations, testers
from portal_app.services.actors import System
from portal_app.settings import get_settings
from tests.services import people
from tests.services.front_door import mails, make_link, newest
from tests.services.people import PASSWORD, change, make_customer, make_staff, start_session

OFFICE = System("test")
SOON = "Our customer portal opens soon"
EMAIL = "sarah@example.com"
HTML = {"Accept": "text/html", "Accept-Language": "en-GB", "Sec-Fetch-Mode": "navigate", "User-Agent": "Mozilla/5.0"}


@pytest.fixture(autouse=True)
def _business(business) -> None:
    change(Business, 1, phone="01632 960 140", support_email="hello@bell.example")


@pytest.fixture
def sarah() -> people.Person:
    return make_customer(EMAIL)


def shut(on: bool = True) -> None:
    with database.transaction() as session:
        testers.set_portal_open(session, OFFICE, not on)
    business_service.forget_look()


def try_it(person: people.Person) -> None:
    with database.transaction() as session:
        contact = session.get_one(Contact, person.contact_id)
        testers.set_tester(session, OFFICE, contact.public_id, True)


def rows(table) -> int:
    with database.reading() as session:
        return len(session.exec(select(table)).all())


async def sign_in(client: httpx.AsyncClient, password: str = PASSWORD) -> str:
    return (await client.post("/auth/login", data={"email": EMAIL, "password": password})).headers["location"]


@pytest.fixture
async def site(tmp_path: Path):
    """The pages behind their delivery; every page of the app is the same file here."""
    for page in ("home", "terms"):
        (tmp_path / f"{page}.html").write_text("<html>the app</html>")

    async def app(scope, receive, send) -> None:
        await Starlette()(scope, receive, send)

    pages = {"/home": CUSTOMER, "/terms": CUSTOMER, "/login": VISITOR, "/office/customers": STAFF}
    inner = Delivery(app, get_settings(), Site(pages, ("/auth/",), tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(inner), base_url="http://localhost:8000") as client:
        yield client


async def test_pages_say_that_it_opens_soon(site: httpx.AsyncClient, sarah):
    token = start_session(sarah)
    shut()
    for cookies in ({}, {"porchlight_session": token}):
        for path in ("/", "/home", "/home?x=1"):
            answer = await site.get(path, headers={"cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())})
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "no-store"
            assert SOON in answer.text
            assert "the app" not in answer.text
            assert "Bell &amp; Daughters" in answer.text
            assert 'href="tel:01632960140"' in answer.text
            assert 'href="mailto:hello@bell.example"' in answer.text
            assert EMAIL not in answer.text
    assert 'href="/login?next=/home%3Fx%3D1"' in (await site.get("/home?x=1")).text
    assert (await site.get("/office/customers")).status_code == 404
    shut(False)
    assert (await site.get("/home")).headers["location"] == "/login?next=/home"
    assert (await site.get("/", headers={"cookie": f"porchlight_session={token}"})).headers["location"] == "/home"


async def test_a_number_without_digits_is_no_link(site: httpx.AsyncClient):
    change(Business, 1, phone="At the counter")
    shut()
    answer = await site.get("/")
    assert SOON in answer.text
    assert "tel:" not in answer.text
    assert 'href="mailto:hello@bell.example"' in answer.text


async def test_terms_are_read_by_everybody_once_it_is_open(site: httpx.AsyncClient, sarah):
    assert (await site.get("/terms")).headers["location"] == "/login?next=/terms"
    change(Business, 1, terms="## Our guarantee\n\n<script>alert(1)</script> Twelve *months*.")
    answer = await site.get("/terms?q=<typed>")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "Our guarantee</h" in answer.text
    assert "<em>months</em>" in answer.text
    assert "<script>alert" not in answer.text
    assert "typed" not in answer.text
    shut()
    answer = await site.get("/terms")
    assert SOON in answer.text
    assert "guarantee" not in answer.text


async def test_testers_and_the_office_come_in_and_others_are_told(browser, sarah):
    make_staff("ruth@example.com")
    shut()
    client = browser()
    assert await sign_in(client, "not this one at all") == "/login?e=wrong"
    assert await sign_in(client) == "/"
    assert not client.cookies
    assert rows(LoginSession) == 0
    office = await browser().post("/auth/login", data={"email": "ruth@example.com", "password": PASSWORD})
    assert office.headers["location"] == "/office/customers"
    try_it(sarah)
    assert await sign_in(client) == "/home"


async def test_waiting_locks_nobody_out(browser, sarah):
    shut()
    client = browser()
    for _ in range(30):
        assert await sign_in(client) == "/"
    shut(False)
    assert await sign_in(client) == "/home"


async def test_a_code_that_was_asked_for_before_and_none_afterwards(browser, sarah):
    client = browser()
    await client.post("/auth/link", data={"email": EMAIL})
    code = newest(EMAIL, "code")["code"]
    shut()
    wrong = "000000" if code != "000000" else "111111"
    assert (await client.post("/auth/code", data={"code": wrong})).status_code == 422
    answer = await client.post("/auth/code", data={"code": code})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert rows(LoginSession) == 0
    before = len(mails(EMAIL))
    known, unknown = browser(), browser()
    answers = [
        await client.post("/auth/link", data={"email": email})
        for client, email in ((known, EMAIL), (unknown, "nobody@example.com"))
    ]
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {(303, "/auth/code")}
    await browser().post("/auth/forgot", data={"email": EMAIL})
    assert len(mails(EMAIL)) == before


async def test_links_lead_to_the_page_and_stay_good(browser, sarah):
    made = make_link(sarah.customer_id)
    shut()
    client = browser(**HTML)
    before, codes = len(mails(EMAIL)), rows(OneTimeCode)
    for path in (made.path, "/l/" + "x" * 43):
        for answer in (await client.get(path), await client.post(path, data={})):
            assert (answer.status_code, SOON in answer.text) == (200, True), path
            assert "@" not in answer.text.replace("hello@bell.example", "")
    assert (len(mails(EMAIL)), rows(OneTimeCode)) == (before, codes)
    shut(False)
    await client.get(made.path)
    assert (await client.post(made.path, data={})).headers["location"] == "/auth/code"


async def test_a_testers_link_works_as_ever(browser, sarah):
    try_it(sarah)
    shut()
    made = make_link(sarah.customer_id)
    client = browser(**HTML)
    assert "Send me the code" in (await client.get(made.path)).text
    assert (await client.post(made.path, data={})).headers["location"] == "/auth/code"
    answer = await client.post("/auth/code", data={"code": newest(EMAIL, "code")["code"]})
    assert answer.headers["location"] == "/home"


async def test_invitations_and_resets_are_not_used_up(browser, sarah):
    with database.transaction() as session:
        invitations.send_reset(session, OFFICE, session.get_one(Contact, sarah.contact_id).public_id)
    path = newest(EMAIL, "reset")["path"]
    shut()
    client = browser()
    for address in (path, "/auth/reset/" + "x" * 43, "/auth/invite/" + "x" * 43):
        for answer in (await client.get(address), await client.post(address, data={"password": "three blue kettles"})):
            assert (answer.status_code, SOON in answer.text) == (200, True), address
    with database.reading() as session:
        assert [link.used_at for link in session.exec(select(PasswordLink))] == [None]
    shut(False)
    answer = await client.post(path, data={"password": "three blue kettles"})
    assert answer.headers["location"] == "/home"
