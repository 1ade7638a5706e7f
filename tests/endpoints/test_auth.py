import asyncio
from urllib.parse import urlencode

import httpx
import hypothesis
import pytest
from argon2 import low_level
from hypothesis import strategies as st
from sqlmodel import select

from portal_app import clock, database
from portal_app.endpoints import forms
from portal_app.endpoints.forms import FORM_TYPE, MOST_BYTES
from portal_app.models import Activity, ActivityOrigin, Contact, Customer, Login, LoginSession, StaffMember
from portal_app.services import throttle
from tests.conftest import forget_settings
from tests.services import people
from tests.services.people import PASSWORD, actor_of, change, kinds, start_session

WRONG = "/login?e=wrong"
COOKIE = "porchlight_session"


@pytest.fixture(autouse=True)
def _business(business):
    pass


@pytest.fixture
def sarah() -> people.Person:
    return people.make_customer("sarah@example.com")


async def sign_in(client: httpx.AsyncClient, email="sarah@example.com", password=PASSWORD, **more) -> httpx.Response:
    return await client.post("/auth/login", data={"email": email, "password": password, **more})


def rows(table) -> int:
    with database.reading() as session:
        return len(session.exec(select(table)).all())


async def test_it_works(browser, sarah):
    answer = await sign_in(browser())
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    assert answer.headers["cache-control"] == "no-store"
    assert actor_of(answer.cookies[COOKIE])


@pytest.mark.parametrize("email", ["SARAH@Example.com", "  sarah@example.com ", "sarah@example.com"])
async def test_an_address_is_the_same_however_it_is_written(browser, sarah, email):
    assert (await sign_in(browser(), email)).headers["location"] == "/home"


async def test_the_cookie_cannot_be_read_by_scripts_and_goes_with_the_browser(browser, sarah):
    header = (await sign_in(browser())).headers["set-cookie"]
    parts = {part.strip().lower() for part in header.split(";")[1:]}
    assert parts == {"httponly", "path=/", "samesite=lax"}


@pytest.mark.parametrize(("remember", "kept"), [("on", True), ("1", True), ("yes", True), ("", False), ("0", False)])
async def test_a_remembered_phone_keeps_the_cookie_for_thirty_days(browser, sarah, remember, kept):
    header = (await sign_in(browser(), remember=remember)).headers["set-cookie"].lower()
    assert ("max-age=2592000" in header) == kept
    assert ("max-age" in header) == kept


async def test_on_https_the_cookie_is_secure_and_bound_to_the_host(browser, sarah, monkeypatch):
    monkeypatch.setenv("PORTAL_PUBLIC_URL", "https://portal.example.com")
    forget_settings()
    base = "https://portal.example.com"
    client = browser(base=base)
    header = (await sign_in(client)).headers["set-cookie"]
    assert header.startswith("__Host-porchlight_session=")
    assert {"secure", "path=/", "httponly"} <= {part.strip().lower() for part in header.split(";")}
    assert "domain" not in header.lower()
    left = (await client.post("/auth/logout")).headers["set-cookie"]
    assert left.startswith("__Host-porchlight_session=")
    assert "secure" in left.lower()


STRANGERS = {
    "unknown": lambda who: "nobody@example.com",
    "wrong password": lambda who: who.email,
    "no password": lambda who: change(Login, who.login_id, password_hash=None) or who.email,
    "broken hash": lambda who: change(Login, who.login_id, password_hash="$argon2id$") or who.email,
    "login disabled": lambda who: change(Login, who.login_id, disabled_at=clock.now()) or who.email,
    "contact disabled": lambda who: change(Contact, who.contact_id, disabled_at=clock.now()) or who.email,
    "no access": lambda who: change(Customer, who.customer_id, portal_access=False) or who.email,
    "gone": lambda who: change(Customer, who.customer_id, deleted_at=clock.now()) or who.email,
    "empty": lambda who: "",
    "no address": lambda who: "'; drop table login; --",
    "long": lambda who: "x" * 5000 + "@example.com",
}


@pytest.mark.parametrize("why", STRANGERS)
async def test_every_refusal_is_the_same_and_costs_the_same(browser, sarah, monkeypatch, why):
    await sign_in(browser(), "warm@example.com", "up the hash that is compared for nobody")
    real, checks = low_level.verify_secret, []
    monkeypatch.setattr(low_level, "verify_secret", lambda *given: checks.append(given[0][:32]) or real(*given))
    password = "not this one" if why == "wrong password" else PASSWORD
    answer = await sign_in(browser(), STRANGERS[why](sarah), password)
    assert (answer.status_code, answer.headers["location"]) == (303, WRONG)
    assert "set-cookie" not in answer.headers
    assert answer.content == b""
    # A broken hash is looked at too, and fails before any work is done.
    assert len([check for check in checks if check.startswith(b"$argon2id$v=19$m=32768,t=3,p=1$")]) == 1
    assert kinds(lambda kind: kind != "login.refused") == []
    assert rows(LoginSession) == 0


async def test_a_refusal_is_noted_without_what_was_typed(browser, sarah):
    await sign_in(browser(), "sarah@example.com", "my other password")
    await sign_in(browser(), "unknown.person@example.com", "my other password")
    with database.reading() as session:
        noted = session.exec(select(Activity)).all()
        assert [(row.kind, row.login_id, row.actor_kind) for row in noted] == [
            ("login.refused", sarah.login_id, "visitor"),
            ("login.refused", None, "visitor"),
        ]
        assert "example.com" not in repr([row.facts for row in noted])
        assert [row.network for row in session.exec(select(ActivityOrigin))] == ["192.0.2.7"] * 2


async def test_where_the_person_wanted_to_go_survives_a_wrong_password(browser, sarah):
    client = browser()
    refused = await sign_in(client, password="wrong one here", next="/invoices/abc?x=1")
    assert refused.headers["location"] == "/login?next=/invoices/abc%3Fx%3D1&e=wrong"
    assert (await sign_in(client, next="/invoices/abc?x=1")).headers["location"] == "/invoices/abc?x=1"


@pytest.mark.parametrize("bad", ["//evil.example", "https://evil.example", "/office/sync", "/\\evil", "javascript:x"])
async def test_nobody_is_sent_where_they_do_not_belong(browser, sarah, bad):
    assert (await sign_in(browser(), next=bad)).headers["location"] == "/home"
    refused = await sign_in(browser(), password="wrong one here", next=bad)
    assert "evil" not in refused.headers["location"]


async def test_the_office_begins_at_its_own_page(browser, sarah):
    people.make_staff("ruth@example.com")
    assert (await sign_in(browser(), "ruth@example.com", next="/home")).headers["location"] == "/office/customers"
    with database.transaction() as session:
        session.exec(select(StaffMember)).one().disabled_at = clock.now()
    assert (await sign_in(browser(), "ruth@example.com")).headers["location"] == WRONG


async def test_a_planted_cookie_is_worth_nothing_after_signing_in(browser, sarah):
    planted = start_session(people.make_customer("mallory@example.com"))
    client = browser()
    client.cookies.set(COOKIE, planted)
    answer = await sign_in(client)
    assert answer.cookies[COOKIE] != planted
    assert actor_of(planted) is None
    assert actor_of(answer.cookies[COOKIE])


async def test_signing_out_ends_the_session_and_takes_the_cookie(browser, sarah):
    client = browser()
    token = (await sign_in(client)).cookies[COOKIE]
    answer = await client.post("/auth/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    assert actor_of(token) is None
    assert COOKIE not in client.cookies
    assert (await client.post("/auth/logout")).status_code == 303


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://localhost:8001"},
    {"Origin": "https://localhost:8000"},
    {"Origin": "http://localhost:8000.evil.example"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin, same-origin"},
    {},
    {"Referer": "http://localhost:8000/login"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ["/auth/login", "/auth/logout", "/setup/abc"])
async def test_only_our_own_pages_may_post(browser, sarah, headers, path):
    token = start_session(sarah)
    client = browser()
    del client.headers["Origin"]
    client.cookies.set(COOKIE, token)
    answer = await client.post(path, data={"email": "sarah@example.com", "password": PASSWORD}, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert actor_of(token)


async def test_two_origins_are_one_too_many(browser, sarah):
    client = browser()
    headers = [("Origin", "http://localhost:8000"), ("Origin", "https://evil.example")]
    del client.headers["Origin"]
    answer = await client.post("/auth/login", data={"email": "a"}, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost:8000"},
        {"Origin": "http://127.0.0.1:8000"},
        {"Origin": "http://[::1]:8000"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
async def test_our_own_pages_may_post_under_each_local_name(browser, sarah, headers):
    client = browser()
    del client.headers["Origin"]
    data = {"email": "sarah@example.com", "password": PASSWORD}
    assert (await client.post("/auth/login", data=data, headers=headers)).headers["location"] == "/home"


@pytest.mark.parametrize("configured", ["https://Portal.Example.com", "https://portal.example.com:443/"])
async def test_our_own_name_counts_however_it_was_configured(browser, sarah, monkeypatch, configured):
    monkeypatch.setenv("PORTAL_PUBLIC_URL", configured)
    forget_settings()
    assert (await sign_in(browser(base="https://portal.example.com"))).headers["location"] == "/home"


FORM = {"content-type": FORM_TYPE}
UNREADABLE = {
    "json": (b'{"email": "sarah@example.com"}', {"content-type": "application/json"}, 415),
    "multipart": (b"--x\r\n\r\n--x--\r\n", {"content-type": "multipart/form-data; boundary=x"}, 415),
    "text": (b"email=a", {"content-type": "text/plain"}, 415),
    "no type": (b"email=a", {}, 415),
    "too long": (b"email=" + b"a" * MOST_BYTES, FORM, 413),
    "not utf-8": (b"email=%ff%fe&password=x", FORM, 400),
    "raw not utf-8": (b"email=\xff&password=x", FORM, 400),
    "surrogate": (b"email=%ED%A0%80&password=x", FORM, 400),
    "nul": (b"email=sarah%00@example.com&password=x", FORM, 400),
    "nul in a name": (b"em%00ail=sarah&password=x", FORM, 400),
    "twice": (b"email=a&email=b&password=x", FORM, 400),
    "many fields": (b"&".join(b"f%d=x" % i for i in range(100)), FORM, 400),
}


@pytest.mark.parametrize("what", UNREADABLE)
async def test_what_is_no_form_of_ours_is_refused_kindly(browser, sarah, what):
    body, headers, status = UNREADABLE[what]
    answer = await browser().post("/auth/login", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "Please" in answer.text
    assert rows(Activity) == 0


async def test_a_body_that_does_not_say_how_long_it_is_has_the_same_end(browser, sarah):
    async def endless():
        for _ in range(1000):
            yield b"email=" + b"x" * 1000

    answer = await browser().post("/auth/login", content=endless(), headers=FORM)
    assert answer.status_code == 413


async def test_a_body_that_never_ends_is_not_waited_for(browser, sarah, monkeypatch):
    monkeypatch.setattr(forms, "READ_SECONDS", 0.05)

    async def stalled():
        yield b"email=sarah"
        await asyncio.Event().wait()

    answer = await browser().post("/auth/login", content=stalled(), headers=FORM)
    assert answer.status_code == 408
    assert "Please" in answer.text


@pytest.mark.parametrize("body", [b"", b"&&&", b"=", b"email", b"password=x", b"email=a&unknown=1&other[]=2", b"%"])
async def test_a_form_with_little_in_it_is_a_wrong_password(browser, sarah, body):
    answer = await browser().post("/auth/login", content=body, headers=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, WRONG)


async def test_unknown_fields_do_nothing(browser, sarah):
    answer = await sign_in(browser(), role="owner", contact_id="2", login_id="1", is_staff="1", e="<script>")
    assert answer.headers["location"] == "/home"


@pytest.mark.parametrize("path", ["/auth/login", "/auth/logout"])
async def test_opening_a_forms_address_leads_to_the_sign_in_page(browser, sarah, path):
    token = start_session(sarah)
    client = browser()
    client.cookies.set(COOKIE, token)
    assert (await client.get(path)).headers["location"] == "/login"
    assert actor_of(token)
    assert (await client.put(path)).status_code == 405


async def test_a_script_is_slowed_down_and_told_for_how_long(browser, sarah):
    client = browser()
    answers = [await sign_in(client, password=f"guess number {i}") for i in range(throttle.PAIR.amount + 2)]
    assert [answer.headers["location"] for answer in answers] == [WRONG] * throttle.PAIR.amount + ["/login?e=slow"] * 2
    assert int(answers[-1].headers["retry-after"]) > 0
    assert (await sign_in(client)).headers["location"] == "/login?e=slow"
    assert (await sign_in(browser("198.51.100.1"))).headers["location"] == "/home"
    assert kinds().count("login.refused") == throttle.PAIR.amount


async def test_a_burst_does_not_slip_past_the_limit_together(browser, sarah):
    clients = [browser() for _ in range(20)]
    answers = await asyncio.gather(
        *(sign_in(client, password=f"guess {i} of many") for i, client in enumerate(clients))
    )
    wrong = [answer for answer in answers if answer.headers["location"] == WRONG]
    assert throttle.PAIR.amount <= len(wrong) <= throttle.PAIR.amount + 1
    assert kinds().count("login.refused") == len(wrong)


async def test_a_flood_waits_outside(browser, sarah):
    clients = [browser(f"198.51.{i}.1") for i in range(40)]
    answers = await asyncio.gather(*(sign_in(client, f"x{i}@example.com") for i, client in enumerate(clients)))
    locations = [answer.headers["location"] for answer in answers]
    assert set(locations) == {WRONG, "/login?e=slow"}
    assert (await sign_in(browser())).headers["location"] == "/home"


async def test_an_older_hash_is_renewed_at_sign_in(browser, sarah):
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    change(Login, sarah.login_id, password_hash=weak)
    assert (await sign_in(browser())).headers["location"] == "/home"
    with database.reading() as session:
        assert "m=32768" in (session.get_one(Login, sarah.login_id).password_hash or "")
    assert (await sign_in(browser())).headers["location"] == "/home"


@pytest.mark.parametrize("params", [{"wsgi.input": "x"}, {"__class__": "x"}, {"email[]": "x"}])
async def test_odd_names_of_fields_do_no_harm(browser, sarah, params):
    answer = await browser().post("/auth/login", content=urlencode(params), headers=FORM)
    assert answer.headers["location"] == WRONG


VALUES = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=60).map(lambda text: urlencode({"email": text, "password": text, "next": text}).encode()),
    st.lists(
        st.tuples(st.sampled_from(["email", "password", "next", "remember", "x"]), st.text(max_size=40)), max_size=6
    ).map(lambda pairs: urlencode(pairs).encode()),
)
HEADERS = st.dictionaries(
    st.sampled_from(["cookie", "user-agent", "x-forwarded-for", "content-type", "content-length", "sec-fetch-site"]),
    st.binary(max_size=80),
    max_size=4,
)


@hypothesis.settings(
    max_examples=150, deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
@hypothesis.given(body=VALUES, headers=HEADERS)
def test_no_request_makes_it_fall_over(browser_app, body, headers):
    """The transport raises whatever the application raises, so an unhandled error fails here."""

    async def send() -> int:
        transport = httpx.ASGITransport(browser_app, client=("192.0.2.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            given = {"content-type": FORM_TYPE.encode(), "origin": b"http://localhost:8000"} | headers
            request = httpx.Request(
                "POST", "http://localhost:8000/auth/login", content=body, headers=list(given.items())
            )
            return (await client.send(request)).status_code

    assert asyncio.run(send()) in {303, 400, 403, 408, 413, 415}
