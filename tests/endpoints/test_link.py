"""A secure link in a browser, in a scanner, and in the wrong hands."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from portal_app import clock, database
from portal_app.models import Contact, Customer, Invoice, LinkOpen, Login, LoginSession, OneTimeCode, SecureLink
from portal_app.services import links
from tests.services import front_door, people
from tests.services.front_door import customer_of, mails, make_link, newest, public_id
from tests.services.people import change, kinds, make_customer, start_session
from tests.services.work import TODAY, invoice

COOKIE, BROWSER = "porchlight_session", "porchlight_browser"
HTML = {
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Language": "en-GB",
    "Sec-Fetch-Mode": "navigate",
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1",
}


@pytest.fixture(autouse=True)
def _business(business):
    pass


@pytest.fixture
def sarah() -> people.Person:
    return make_customer("sarah@example.com")


def opens() -> list[str]:
    with database.transaction() as session:
        return list(session.exec(select(LinkOpen.who).order_by(LinkOpen.id)))  # type: ignore[arg-type]


def count(table) -> int:
    with database.reading() as session:
        return len(session.exec(select(table)).all())


async def press(client: httpx.AsyncClient, path: str) -> httpx.Response:
    return await client.post(path, data={}, headers={"content-type": "application/x-www-form-urlencoded"})


async def come_in(client: httpx.AsyncClient, path: str, email: str) -> httpx.Response:
    await client.get(path)
    assert (await press(client, path)).headers["location"] == "/auth/code"
    return await client.post("/auth/code", data={"code": newest(email, "code")["code"]})


async def test_it_works(browser, sarah):
    owed = invoice(123456, TODAY, customer_id=sarah.customer_id, number="1042")
    made = make_link(sarah.customer_id, target_kind="invoice", target_public_id=public_id(Invoice, owed))
    client = browser(**HTML)
    page = await client.get(made.path)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "Bell &amp; Daughters sent you this link" in page.text
    assert "s•••@e•••.com" in page.text
    assert re.search(r"Works until \w+,? [^<]*, \d\d:\d\d<", page.text)
    for told in ("1042", "123456", "1,234", "sarah", "Household"):
        assert told not in page.text
    assert mails() == []
    answer = await press(client, made.path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/auth/code")
    assert "s•••@e•••.com" in (await client.get("/auth/code")).text
    code = newest("sarah@example.com", "code")["code"]
    answer = await client.post("/auth/code", data={"code": f" {code[:3]} {code[3:]} "})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/invoices/{public_id(Invoice, owed)}")
    actor = customer_of(answer.cookies[COOKIE])
    assert actor is not None
    assert actor.contact_id == sarah.contact_id
    assert opens() == ["person"]
    with database.reading() as session:
        assert session.exec(select(LoginSession.link_id)).one() is not None


async def test_the_same_link_a_second_time_leads_straight_in_and_elsewhere_asks_again(browser, sarah):
    made = make_link(sarah.customer_id)
    client = browser(**HTML)
    await come_in(client, made.path, "sarah@example.com")
    again = await client.get(made.path)
    assert (again.status_code, again.headers["location"]) == (303, "/home")
    assert opens() == ["person", "person"]
    assert (await browser(**HTML).get(made.path)).status_code == 200
    assert await come_in(browser(**HTML), made.path, "sarah@example.com")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_opening_spends_and_sends_nothing(browser, sarah, method):
    made = make_link(sarah.customer_id)
    for _ in range(5):
        assert (await browser(**HTML).request(method, made.path)).status_code == 200
    assert mails() == []
    assert count(OneTimeCode) == 0
    assert set(opens()) == ({"robot"} if method == "HEAD" else {"scanner"})


async def test_a_scanner_that_even_posts_gets_nothing_and_counts_as_a_robot(browser, sarah):
    made = make_link(sarah.customer_id)
    for headers in ({}, {"User-Agent": "python-httpx/0.28"}, HTML):
        client = browser(**headers)
        page = await client.get(made.path)
        client.cookies.clear()
        if headers is not HTML:
            del client.headers["origin"]
        answer = await press(client, made.path)
        assert answer.status_code in {200, 403}
        client.cookies.clear()
        assert (await client.post("/auth/code", data={"code": "000000"})).status_code in {403, 422}
        assert page.status_code == 200
    assert mails() == []
    assert count(LoginSession) == 0
    assert "person" not in opens()
    assert opens().count("robot") >= 3
    assert await come_in(browser(**HTML), made.path, "sarah@example.com")


async def test_staff_see_a_preview_and_are_counted_apart(browser, sarah):
    made = make_link(sarah.customer_id)
    client = browser(**HTML)
    client.cookies.set(COOKIE, start_session(people.make_staff("ruth@example.com")))
    page = await client.get(made.path)
    assert "signed in to the office" in page.text
    assert (await press(client, made.path)).headers["location"] == made.path
    assert opens() == ["staff"]
    assert mails() == []


async def test_a_link_of_one_person_is_no_way_in_for_another_of_the_same_customer(browser, sarah):
    tom = make_customer("tom@example.com")
    change(Contact, tom.contact_id, customer_id=sarah.customer_id)
    made = make_link(sarah.customer_id, contact_public_id=public_id(Contact, tom.contact_id))
    client = browser(**HTML)
    client.cookies.set(COOKIE, start_session(sarah))
    page = await client.get(made.path)
    assert (page.status_code, "t•••@e•••.com" in page.text) == (200, True)
    stranger = browser(**HTML)
    stranger.cookies.set(COOKIE, start_session(make_customer("else@example.com")))
    assert (await stranger.get(made.path)).status_code == 200


async def test_another_account_of_the_same_person_is_changed_over_to(browser, sarah):
    flat = make_customer("sarah@example.com", login_id=sarah.login_id)
    made = make_link(flat.customer_id)
    client = browser(**HTML)
    token = start_session(sarah)
    client.cookies.set(COOKIE, token)
    page = await client.get(made.path)
    assert "change over" in page.text
    assert customer_of(token).contact_id == sarah.contact_id
    answer = await press(client, made.path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    assert customer_of(token).contact_id == flat.contact_id
    assert "session.switched" in kinds()


ENDED = {
    "expired": lambda made: change(SecureLink, 1, expires_at=clock.now() - timedelta(days=1)),
    "revoked": front_door.revoke,
}


@pytest.mark.parametrize("how", ENDED)
async def test_one_that_has_ended_says_so_and_offers_a_fresh_one_to_the_address_on_file(browser, sarah, how):
    made = make_link(sarah.customer_id)
    ENDED[how](made)
    client = browser(**HTML)
    page = await client.get(made.path)
    assert page.status_code == 410
    assert "Send me a fresh link" in page.text
    assert mails() == []
    answer = await press(client, made.path)
    assert "Look in your mail" in answer.text
    assert (await press(client, made.path)).text == answer.text
    (mail,) = mails()
    assert (mail["mail"], mail["to"]) == ("link", "sarah@example.com")
    assert await come_in(browser(**HTML), mail["path"], "sarah@example.com")
    assert (await browser(**HTML).get(made.path)).status_code == 410


@pytest.mark.parametrize("how", ENDED)
@pytest.mark.parametrize(
    ("table", "changes"),
    [
        (Customer, {"portal_access": False}),
        (Customer, {"active": False}),
        (Contact, {"disabled_at": clock.now()}),
        (Contact, {"email": "", "login_id": None}),
        (Login, {"disabled_at": clock.now()}),
    ],
)
async def test_nobody_gets_a_fresh_one_who_may_not_come_in_and_reads_the_same(browser, sarah, how, table, changes):
    made = make_link(sarah.customer_id)
    ENDED[how](made)
    client = browser(**HTML)
    await client.get(made.path)
    allowed = await press(client, made.path)
    assert len(mails()) == 1
    change(table, 1, **changes)
    change(SecureLink, 1, last_sent_at=None)
    page = await client.get(made.path)
    assert (page.status_code, "Send me a fresh link" in page.text) == (410, True)
    answer = await press(client, made.path)
    assert (answer.status_code, answer.text) == (allowed.status_code, allowed.text)
    assert len(mails()) == 1


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "é" * 43, "a" * 500])
async def test_an_unknown_one_looks_like_one_that_has_ended_without_the_offer(browser, sarah, token):
    for answer in (await browser(**HTML).get(f"/l/{token}"), await press(browser(**HTML), f"/l/{token}")):
        assert answer.status_code == 410
        assert "This link no longer works" in answer.text
        assert "fresh" not in answer.text
    assert count(LinkOpen) == 0


@pytest.mark.parametrize("what", ["revoked", "access_off", "disabled", "moved"])
async def test_a_right_code_is_worth_nothing_when_access_has_ended_meanwhile(browser, sarah, what):
    made = make_link(sarah.customer_id)
    client = browser(**HTML)
    await client.get(made.path)
    await press(client, made.path)
    wrong = await client.post("/auth/code", data={"code": "12345"})
    if what == "revoked":
        front_door.revoke(made)
    elif what == "access_off":
        change(Customer, sarah.customer_id, portal_access=False)
    elif what == "disabled":
        change(Contact, sarah.contact_id, disabled_at=clock.now())
    else:
        change(Login, sarah.login_id, email="other@example.com")
    answer = await client.post("/auth/code", data={"code": newest("sarah@example.com", "code")["code"]})
    assert (answer.status_code, answer.text) == (wrong.status_code, wrong.text)
    assert count(LoginSession) == 0


async def test_a_first_visitor_gets_a_login_with_every_account_of_the_address(browser):
    house = make_customer("bea@example.com")
    flat = make_customer("bea@example.com", login_id=house.login_id)
    shut = make_customer("bea@example.com", login_id=house.login_id)
    for person in (house, flat, shut):
        change(Contact, person.contact_id, login_id=None)
    change(Customer, shut.customer_id, portal_access=False)
    change(Login, house.login_id, email="somebody@example.com")
    made = make_link(flat.customer_id)
    client = browser(**HTML)
    answer = await come_in(client, made.path, "bea@example.com")
    actor = customer_of(answer.cookies[COOKIE])
    assert actor.contact_id == flat.contact_id
    with database.reading() as session:
        logins = {row.id: row.login_id for row in session.exec(select(Contact))}
    assert logins[house.contact_id] == logins[flat.contact_id] == actor.login_id
    assert logins[shut.contact_id] is None


async def test_who_moved_to_another_address_gets_the_codes_there_for_all_their_accounts(browser, sarah):
    flat = make_customer("sarah@example.com", login_id=sarah.login_id)
    change(Login, sarah.login_id, email="new@example.com")
    made = make_link(flat.customer_id)
    answer = await come_in(browser(**HTML), made.path, "new@example.com")
    assert customer_of(answer.cookies[COOKIE]).contact_id == flat.contact_id
    assert mails("sarah@example.com") == []


async def test_cookies_planted_beforehand_are_replaced(browser, sarah):
    made = make_link(sarah.customer_id)
    victim, thief = browser(**HTML), browser(**HTML)
    planted = "p" * 43
    for client in (victim, thief):
        client.cookies.set(BROWSER, planted)
    await victim.get(made.path)
    await press(victim, made.path)
    assert victim.cookies.jar is not None
    code = newest("sarah@example.com", "code")["code"]
    assert (await thief.post("/auth/code", data={"code": code})).status_code == 422
    with database.reading() as session:
        assert session.exec(select(OneTimeCode.browser_hash)).one() != links.sessions.hash_of(planted)


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_no_other_site_can_press_the_button(browser, sarah, headers):
    made = make_link(sarah.customer_id)
    client = browser(**HTML)
    await client.get(made.path)
    if "Sec-Fetch-Site" in headers:
        del client.headers["origin"]
    client.headers.update(headers)
    assert (await press(client, made.path)).status_code == 403
    assert mails() == []
    assert opens() == ["scanner", "robot"]


async def test_a_flood_of_openings_fills_nothing(browser, sarah):
    made = make_link(sarah.customer_id)
    client = browser(**HTML)
    for _ in range(75):
        await client.get(made.path)
    assert count(LinkOpen) == 60


async def test_the_host_header_is_in_no_mail_and_no_redirect(browser, sarah):
    made = make_link(sarah.customer_id)
    client = browser(**HTML, Host="evil.example", **{"X-Forwarded-Host": "evil.example"})
    page = await client.get(made.path)
    answer = await press(client, made.path)
    assert answer.headers["location"] == "/auth/code"
    assert "evil" not in page.text + str(mails()) + str(answer.headers)


async def test_the_button_needs_no_body(browser, sarah):
    made = make_link(sarah.customer_id)
    client = browser(**HTML)
    await client.get(made.path)
    assert (await client.post(made.path)).headers["location"] == "/auth/code"
