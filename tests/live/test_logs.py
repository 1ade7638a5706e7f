"""The log of a whole running portal: it tells what happened, and holds no secret of anybody."""

import json
import re
from secrets import token_urlsafe

import pytest

from tests.hostile.handlers import HOME_LOAD, REGISTERED
from tests.running import PASSWORD, wait_for
from tests.site import CUSTOMER, NEIGHBOUR, OFFICE
from tests.socket_client import HYDRATE, Tab, cookie_header

pytestmark = pytest.mark.timeout(240)
WRONG = "wrong-horse-battery-7"
FRONTEND_ERROR = next(name for name in REGISTERED if name.endswith(".handle_frontend_exception"))


def sign_in_and_out(site) -> list[str]:
    """Come in well and badly, in every way a browser or a stranger might; returns the secrets used."""
    secrets = [PASSWORD, WRONG]
    for email in (CUSTOMER, NEIGHBOUR, OFFICE, "nobody@example.com"):
        client = site.portal.client()
        for password in (WRONG, PASSWORD):
            client.post("/auth/login", data={"email": email, "password": password})
        secrets += list(client.cookies.values())
        client.get("/home")
        client.get("/login", params={"next": "/home", "password": WRONG, "token": secrets[-1]})
        client.post("/auth/login", json={"email": email, "password": PASSWORD})
        client.post("/auth/login", content=f"password={WRONG}", headers={"Content-Type": "text/plain"})
        client.post("/auth/login", data={"email": email, "password": WRONG}, headers={"Origin": "http://evil.example"})
        client.post("/auth/logout")
    return secrets


def use_a_setup_link(site) -> str:
    """Open and send a link of the kind that set-up gives out; the business is there already, so it does nothing."""
    link = token_urlsafe(32)
    client = site.portal.client()
    client.get(f"/setup/{link}")
    client.get(f"/setup/{link}?x=1")
    client.post(f"/setup/{link}", data={"name": "Ada", "email": "ada@example.com", "password": WRONG})
    client.get(f"/nowhere/{link}", headers={"Authorization": f"Bearer {link}"})
    return link


async def speak_well_and_badly(site, cookie: str) -> list[str]:
    """Open a page and send what nobody should; returns the client tokens."""
    marked = {"cookie": cookie, "password": WRONG, "token": cookie}
    async with Tab(site.url, cookie) as tab:
        await tab.until(lambda tab: tab.value("loaded"))
        await tab.send(HOME_LOAD, marked)
        await tab.send(HOME_LOAD, {}, headers={"cookie": cookie}, **marked)
        await tab.send(f"state.{cookie}", marked)
        await tab.send(HYDRATE, {"vars": marked})
        await tab.send(FRONTEND_ERROR, {"info": f"Error: {cookie} password={WRONG}", "component_stack": cookie})
        await tab.raw("connect", {"QUERY_STRING": f"token={cookie}", "HTTP_COOKIE": cookie})
        await tab.raw("client_error", f"{cookie} {WRONG}")
        await tab.raw("event", "x" * 200)
        await tab.settled()
    async with Tab(site.url, token=tab.token) as thief:
        await thief.until(lambda tab: tab.redirects)
    return [tab.token]


def trouble_the_crm(site) -> None:
    """Let the CRM fail in a few ways, until the portal has met them and recovered."""
    site.crm.fault(kind="status", status=500, times=1)
    site.crm.fault(kind="half", times=1)
    try:
        wait_for(lambda: all(fault["hits"] for fault in site.crm.faults()), "the portal to meet the faults")
    finally:
        site.crm.clear_faults()


async def test_nothing_secret_is_in_the_log_whatever_people_do(site):
    secrets = sign_in_and_out(site)
    secrets.append(use_a_setup_link(site))
    client = site.portal.sign_in(NEIGHBOUR)
    cookie = cookie_header(client)
    secrets.append(cookie.partition("=")[2])
    secrets += await speak_well_and_badly(site, cookie)
    trouble_the_crm(site)
    secrets += [site.crm.token, "$argon2id$", "Traceback"]
    secrets.append((site.portal.data / "secret.key").read_text().strip())
    with site.portal.rows() as database:
        secrets += [row[0] for row in database.execute("SELECT token_hash FROM login_session")]
    told = ("event_refused", "event_dropped", "browser_error")
    wait_for(lambda: all(word in site.portal.log for word in told), "the log to tell of what was tried")
    assert len(set(secrets)) > 12
    lines = site.portal.log.splitlines()
    assert [line for line in lines if any(secret in line for secret in secrets)] == []
    assert not [line for line in lines if re.search(r"porchlight_session=[A-Za-z0-9_-]{8}", line)]


def test_the_log_says_what_happened_in_lines_that_programs_can_read(site):
    client = site.portal.client()
    client.post("/auth/login", data={"email": CUSTOMER, "password": WRONG})
    lines = [json.loads(line) for line in site.portal.log.splitlines() if line.startswith("{")]
    assert lines
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)


async def test_a_tab_that_goes_with_events_under_way_leaves_no_failure_in_the_log(site):
    cookie = cookie_header(site.portal.sign_in(CUSTOMER))
    for _ in range(15):
        async with Tab(site.url, cookie) as tab:
            for _ in range(8):
                await tab.send(HOME_LOAD, {})
    async with Tab(site.url, cookie) as tab:
        await tab.until(lambda tab: tab.value("loaded"))
    assert [line for line in site.portal.log.splitlines() if "Traceback" in line] == []
