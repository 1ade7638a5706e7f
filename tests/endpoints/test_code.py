"""Codes by mail: asked for, typed in, guessed at."""

from datetime import timedelta

import pytest
from sqlmodel import select

from portal_app import clock, database
from portal_app.models import Contact, Customer, Login, LoginSession, OneTimeCode, StaffMember
from portal_app.services import codes, throttle
from tests.services import people
from tests.services.front_door import customer_of, mails, make_link, newest
from tests.services.people import actor_of, change, kinds, make_customer, start_session

COOKIE, BROWSER = "porchlight_session", "porchlight_browser"
EMAIL = "sarah@example.com"


@pytest.fixture(autouse=True)
def _business(business):
    pass


@pytest.fixture
def sarah() -> people.Person:
    return make_customer(EMAIL)


async def ask(client, email=EMAIL, **more):
    return await client.post("/auth/link", data={"email": email, **more})


async def enter(client, code, **more):
    return await client.post("/auth/code", data={"code": code, **more})


def code() -> str:
    return newest(EMAIL, "code")["code"]


def wrong() -> str:
    return "000000" if code() != "000000" else "111111"


def rows() -> list[OneTimeCode]:
    with database.transaction() as session:
        return list(session.exec(select(OneTimeCode).order_by(OneTimeCode.id)))  # type: ignore[arg-type]


async def test_it_works(browser, sarah):
    client = browser()
    answer = await ask(client, next="/home?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/auth/code")
    page = await client.get("/auth/code")
    assert "s•••@e•••.com" in page.text
    assert 'autocomplete="one-time-code"' in page.text
    answer = await enter(client, code(), remember="yes")
    assert (answer.status_code, answer.headers["location"]) == (303, "/home?x=1")
    assert "max-age" in answer.headers["set-cookie"].lower()
    assert actor_of(answer.cookies[COOKIE])
    assert BROWSER not in client.cookies
    assert [kind for kind in kinds() if kind.startswith("login.")] == ["login.code_sent", "login.signed_in"]


@pytest.mark.parametrize("shape", ["{0} {1}", " {0}-{1}\t", "{0}{1}\n", "code: {0} {1}", "{0}\u00a0{1}"])
async def test_a_code_may_be_pasted_as_it_stands(browser, sarah, shape):
    client = browser()
    await ask(client)
    assert (await enter(client, shape.format(code()[:3], code()[3:]))).status_code == 303


async def test_digits_of_another_script_are_digits(browser, sarah):
    client = browser()
    await ask(client)
    assert (await enter(client, code().translate({ord("0") + n: 0x0660 + n for n in range(10)}))).status_code == 303


@pytest.mark.parametrize("typed", ["", " ", "12345", "1234567", "abcdef", "²³¹²³¹", "-123456", "1" * 5000])
async def test_nonsense_is_a_wrong_code(browser, sarah, typed):
    client = browser()
    await ask(client)
    answer = await enter(client, typed)
    assert answer.status_code == 422
    assert "not right" in answer.text


async def test_a_code_works_once_and_in_its_browser_alone(browser, sarah):
    client = browser()
    await ask(client)
    right = code()
    assert (await enter(browser(), right)).status_code == 422
    kept = client.cookies[BROWSER]
    assert (await enter(client, right)).status_code == 303
    again = browser()
    again.cookies.set(BROWSER, kept)
    assert (await enter(again, right)).status_code == 422


async def test_the_newest_alone_is_live_and_ten_minutes_long(browser, sarah):
    first, second = browser(), browser()
    await ask(first)
    old = code()
    await ask(second)
    assert (await enter(first, old)).status_code == 422
    change(OneTimeCode, 2, expires_at=clock.now() - timedelta(seconds=1))
    assert (await enter(second, code())).status_code == 422
    assert rows()[1].expires_at - rows()[1].created_at < timedelta(minutes=10, seconds=1)


async def test_five_tries_and_it_is_void(browser, sarah):
    client = browser()
    await ask(client)
    for _ in range(codes.TRIES):
        assert (await enter(client, wrong())).status_code == 422
    assert (await enter(client, code())).status_code == 422
    assert rows()[0].tries == codes.TRIES


async def test_guessing_from_many_networks_ends(browser, sarah):
    """Whoever asks and guesses from ever new places and browsers gets a bounded number of tries a day."""
    tried = 0
    for n in range(60):
        client = browser(f"198.{51 + n}.100.7")
        if (await ask(client)).status_code != 303:
            continue
        for _ in range(codes.TRIES):
            tried += 1
            assert (await enter(client, wrong())).status_code == 422
        with database.transaction() as session:
            for row in session.exec(select(OneTimeCode)):
                row.created_at -= timedelta(minutes=16)
    assert tried <= codes.WRONG_A_DAY + codes.TRIES
    assert (await ask(browser("203.0.113.9"))).status_code == 429
    answer = await browser().post("/auth/login", data={"email": EMAIL, "password": people.PASSWORD})
    assert answer.headers["location"] == "/home"


async def test_strangers_do_not_use_up_the_owners_own_codes(browser, sarah):
    start_session(sarah)
    for n in range(codes.SENDS_AT_ONCE):
        assert (await ask(browser(f"198.{51 + n}.100.7"))).status_code == 303
    assert (await ask(browser("198.18.100.7"))).status_code == 429
    client = browser(people.HOME.network)
    assert (await ask(client)).status_code == 303
    assert (await enter(client, code())).status_code == 303


async def test_one_network_cannot_ask_for_mails_without_end(browser, sarah):
    client = browser()
    statuses = [(await ask(client, f"x{n}@example.com")).status_code for n in range(throttle.ASKED.amount + 1)]
    assert set(statuses[:-1]) == {303}
    assert statuses[-1] == 429
    assert int((await ask(client)).headers["retry-after"]) > 0
    assert (await ask(browser("198.51.100.1"))).status_code == 303


async def answers(browser, email, address) -> tuple:
    client = browser(address)
    asked = await ask(client, email)
    page = await client.get("/auth/code")
    guess = await enter(client, "000000")
    ahead = [await ask(client, email) for _ in range(codes.SENDS_AT_ONCE)]
    cookie = [part.split("=")[0] if "browser" in part else part for part in asked.headers["set-cookie"].split("; ")]
    shape = [
        (one.status_code, sorted(one.headers), one.headers.get("location"), one.headers.get("content-length"))
        for one in (asked, page, guess, *ahead)
    ]
    return shape, cookie, asked.text, page.text, guess.text, ahead[-1].text


async def test_an_unknown_address_reads_like_a_known_one(browser, sarah, monkeypatch):
    monkeypatch.setattr(codes.secrets, "randbelow", lambda _limit: 123456)
    people.make_staff("staff@example.com")
    shut = make_customer("south@example.com")
    change(Customer, shut.customer_id, portal_access=False)
    known = await answers(browser, EMAIL, "192.0.2.1")
    before = len(mails())
    for n, email in enumerate(["sally@example.com", "staff@example.com", "south@example.com"]):
        assert await answers(browser, email, f"198.51.{n}.1") == known
    assert len(mails()) == before
    assert kinds(lambda kind: kind == "login.code_sent") == ["login.code_sent"] * codes.SENDS_AT_ONCE


async def test_staff_do_not_come_in_by_code(browser):
    people.make_staff(EMAIL)
    client = browser()
    assert (await ask(client)).status_code == 303
    assert mails() == []


async def test_staff_who_are_customers_too_come_in_as_customers(browser, sarah):
    with database.transaction() as session:
        session.add(StaffMember(login_id=sarah.login_id, name="Ruth", role="owner"))
    client = browser()
    await ask(client, next="/office/sync")
    answer = await enter(client, code())
    assert answer.headers["location"] == "/home"
    actor = customer_of(answer.cookies[COOKIE])
    assert (type(actor).__name__, actor.contact_id) == ("Customer", sarah.contact_id)


@pytest.mark.parametrize("changed", [(Contact, "disabled_at"), (Login, "disabled_at"), (Customer, "portal_access")])
async def test_who_was_shut_out_meanwhile_reads_a_wrong_code(browser, sarah, changed):
    table, name = changed
    client = browser()
    await ask(client)
    refused = await enter(client, wrong())
    change(table, 1, **{name: False if name == "portal_access" else clock.now()})
    answer = await enter(client, code())
    assert (answer.status_code, answer.text) == (refused.status_code, refused.text)
    with database.reading() as session:
        assert session.exec(select(LoginSession)).all() == []


async def test_the_mails_link_opens_another_browser(browser, sarah):
    await ask(browser())
    path = newest(EMAIL, "code")["path"]
    other = browser()
    assert (await other.get(path)).status_code == 200
    assert (
        await other.post(path, data={}, headers={"content-type": "application/x-www-form-urlencoded"})
    ).status_code == 303
    assert (await enter(other, code())).headers["location"] == "/home"


@pytest.mark.parametrize("email", ["", "   "])
async def test_without_an_address_the_form_asks_for_one(browser, sarah, email):
    answer = await ask(browser(), email, next="/home")
    assert answer.status_code == 422
    assert 'value="/home"' in answer.text
    assert (await browser().get("/auth/link")).status_code == 200


@pytest.mark.parametrize(
    "email", ["not an address", "a@b", "é@example.com", "x" * 5000, "sarah@example.com\r\nBcc: x@y.zz"]
)
async def test_an_odd_address_is_an_unknown_one(browser, sarah, email):
    assert (await ask(browser(), email)).headers["location"] == "/auth/code"
    assert mails() == []


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "/auth/logout", "/office"]
)
async def test_nothing_leads_off_the_site_afterwards(browser, sarah, target):
    client = browser()
    await ask(client, next=target)
    assert (await enter(client, code())).headers["location"] == "/home"
    assert "evil" not in (await client.get("/auth/link", params={"next": target})).text


@pytest.mark.parametrize("path", ["/auth/link", "/auth/code", "/auth/forgot", "/auth/switch", "/l/x", "/auth/reset/x"])
@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": ""}, {"Sec-Fetch-Site": "same-site"}]
)
async def test_other_sites_cannot_post(browser, sarah, path, headers):
    client = browser()
    if "Sec-Fetch-Site" in headers:
        del client.headers["origin"]
    client.headers.update(headers)
    answer = await client.post(path, data={"email": EMAIL, "code": "1", "to": "x", "password": "x"})
    assert answer.status_code == 403
    assert mails() == []
    assert rows() == []


async def test_the_cookie_of_the_browser_is_its_own_business(browser, sarah, monkeypatch):
    parts = (await ask(browser())).headers["set-cookie"].lower().split("; ")
    assert {"httponly", "samesite=lax", "path=/"} <= set(parts)
    assert not any(part.startswith(("domain", "max-age", "expires")) for part in parts)


async def test_nothing_secret_is_stored_in_clear(browser, sarah, database_file):
    client = browser()
    await ask(client)
    found = (newest(EMAIL, "code"), client.cookies[BROWSER])
    with database.reading() as session:
        stored = str(session.connection().exec_driver_sql("select * from one_time_code").all())
        stored += str(session.connection().exec_driver_sql("select payload, sealed from outbox").all())
        stored += str(session.connection().exec_driver_sql("select token_hash from link_token").all())
    for secret in (found[0]["path"].removeprefix("/l/"), found[1]):
        assert secret not in stored
    assert f'"{found[0]["code"]}"' not in stored


async def test_who_merely_knows_an_address_uses_up_no_codes_of_its_links(browser, sarah):
    made = make_link(sarah.customer_id)
    for n in range(codes.SENDS_AT_ONCE):
        assert (await ask(browser(f"198.{51 + n}.100.7"))).status_code == 303
    client = browser("203.0.113.5")
    await client.get(made.path)
    answer = await client.post(made.path, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.headers["location"] == "/auth/code"
    assert (await enter(client, code())).headers["location"] == "/home"
