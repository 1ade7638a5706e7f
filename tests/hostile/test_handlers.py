"""Every registered handler, called by everybody, with everything."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from portal_app.gate import policy_of
from portal_app.gate.policy import CUSTOMER as FOR_CUSTOMERS
from portal_app.gate.policy import STAFF as FOR_STAFF
from tests.hostile.handlers import OWN, REGISTERED, arguments_of
from tests.site import CUSTOMER, NEIGHBOUR, OFFICE, Site, running_site
from tests.socket_client import Tab, cookie_header

pytestmark = pytest.mark.timeout(300)
PACE = 90.0


def test_every_handler_of_ours_has_a_policy():
    assert OWN
    assert [name for name in OWN if policy_of(name) is None] == []


def test_of_the_frameworks_own_handlers_only_what_pages_need_can_be_called():
    framework = set(REGISTERED) - set(OWN)
    callable_ones = {name.rpartition(".")[2] for name in framework if (p := policy_of(name)) and not p.only_chained}
    assert callable_ones == {"hydrate_and_load", "on_load_internal", "handle_frontend_exception"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A business of its own: the office may do everything, and here it does, down to shutting the portal."""
    with running_site(tmp_path_factory.mktemp("hostile-site")) as running:
        yield running


@pytest.fixture(scope="module")
def cookies(site) -> dict[str, str]:
    people = {"customer": CUSTOMER, "neighbour": NEIGHBOUR, "office": OFFICE}
    return {"visitor": "", **{who: cookie_header(site.portal.sign_in(mail)) for who, mail in people.items()}}


@pytest.fixture(scope="module")
def neighbours_own(site) -> list[str]:
    """Ids and words that belong to the neighbour alone."""
    with site.portal.rows() as database:
        (customer,) = database.execute(
            "select customer_id from contact where email = ? and login_id is not null", (NEIGHBOUR,)
        ).fetchone()
        found = [row[0] for row in database.execute("select name from customer where id = ?", (customer,))]
        for table in ("job", "visit", "invoice", "quote", "location", "contact"):
            rows = database.execute(f"select public_id from {table} where customer_id = ?", (customer,))
            found += [row[0] for row in rows]
        found += [r[0] for r in database.execute("select title from job where customer_id = ?", (customer,))]
        shared = {r[0] for r in database.execute("select title from job where customer_id != ?", (customer,))}
    return [word for word in found if word not in shared]


def payloads(name: str, foreign: list[str]) -> list[Any]:
    """Return what a hostile client would send: nothing, too much, the wrong type, somebody else's ids."""
    names = arguments_of(name)
    values: list[Any] = [
        None,
        0,
        -1,
        1.5,
        True,
        "",
        "x" * 5000,
        [],
        {},
        ["a"],
        {"$gt": ""},
        "' or 1=1 --",
        "\x00",
        "🦊",
    ]
    filled = [dict.fromkeys(names, value) for value in [*values, *foreign[:12]]] if names else []
    return [{}, {"extra": 1}, {"self": {}}, {"_refresh": 1}, {f"{i}": i for i in range(2000)}, *filled]


def fits(name: str, payload: Any) -> bool:
    """Return whether the handler takes these arguments."""
    policy = policy_of(name)
    assert policy is not None
    try:
        policy.check_arguments(payload)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("who", ["visitor", "customer", "neighbour", "office"])
async def test_every_handler_by_everybody(site, cookies, neighbours_own, who):
    assert len(neighbours_own) > 5
    failures_before = site.portal.log.count("handler_failed")
    began, asked = time.monotonic(), 0
    for name in OWN:
        # No faster than one person may ask: what fits is counted for the login, over all its tabs.
        asked += 1 + sum(fits(name, payload) for payload in payloads(name, neighbours_own))
        await asyncio.sleep(began + asked / PACE - time.monotonic())
        async with Tab(site.url, cookies[who], path="/login") as tab:
            await tab.settled()
            for number, payload in enumerate(payloads(name, neighbours_own)):
                await tab.send(name, payload)
                if number % 10 == 9:
                    await tab.settled()
            await tab.settled()
            assert tab.io.connected, name
            assert "Traceback" not in tab.text
            assert "sqlite3" not in tab.text
            if who in {"customer", "visitor"}:
                assert [word for word in neighbours_own if word in tab.text] == []
            if who == "visitor" and policy_of(name).audience in {FOR_CUSTOMERS, FOR_STAFF}:  # type: ignore[union-attr]
                assert all(path.startswith("/login") for path in tab.redirects)
    assert site.portal.log.count("handler_failed") == failures_before


async def test_staff_handlers_do_not_run_for_customers(site, cookies):
    for name in OWN:
        if policy_of(name).audience is not FOR_STAFF:  # type: ignore[union-attr]
            continue
        async with Tab(site.url, cookies["customer"], path="/home") as tab:
            await tab.settled()
            # With arguments of the right shape it is the caller who is refused, and sent away.
            fitting = dict.fromkeys(arguments_of(name), "x")
            await tab.send(name, fitting)
            await tab.settled()
            state = name.rpartition(".")[0]
            changed = [u for u in tab.received[1:] if state in (u.get("delta") or {})]
            assert changed == []
            if not fitting:
                await tab.until(lambda tab: tab.redirects or tab.io.connected is False)
