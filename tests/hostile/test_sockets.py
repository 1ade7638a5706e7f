"""The websocket tried by strangers: stolen tokens, forged messages, foreign origins, floods."""

import asyncio
import contextlib
from contextlib import AsyncExitStack

import pytest
from socketio.exceptions import ConnectionError as Refused

from tests.hostile.handlers import HOME_LOAD, REGISTERED
from tests.site import CUSTOMER, NEIGHBOUR
from tests.socket_client import HYDRATE, Tab, cookie_header

pytestmark = pytest.mark.timeout(240)
FRONTEND_ERROR = next(name for name in REGISTERED if name.endswith(".handle_frontend_exception"))


@pytest.fixture
def sarah(site) -> str:
    return cookie_header(site.portal.sign_in(CUSTOMER))


@pytest.fixture
def neighbour(site) -> str:
    return cookie_header(site.portal.sign_in(NEIGHBOUR))


def loaded(tab: Tab) -> bool:
    return "Sarah" in tab.text


async def test_the_owner_sees_the_page(site, sarah):
    async with Tab(site.url, sarah) as tab:
        await tab.until(loaded)


async def test_a_client_token_without_the_cookie_shows_nothing(site, sarah):
    async with Tab(site.url, sarah) as owner:
        await owner.until(loaded)
    async with Tab(site.url, token=owner.token) as thief:
        await thief.until(lambda tab: tab.redirects)
        assert "Sarah" not in thief.text
        assert thief.redirects == ["/login?next=/home"]


async def test_a_client_token_with_another_customers_cookie_shows_that_customer(site, sarah, neighbour):
    async with Tab(site.url, sarah) as owner:
        await owner.until(loaded)
    async with Tab(site.url, neighbour, token=owner.token) as thief:
        await thief.until(lambda tab: tab.value("loaded"))
        assert "Sarah" not in thief.text


async def test_a_client_token_in_use_is_not_shared(site, sarah, neighbour):
    async with Tab(site.url, sarah) as owner:
        await owner.until(loaded)
        async with Tab(site.url, neighbour, token=owner.token) as thief:
            await thief.until(lambda tab: tab.new_token)
            await thief.settled()
            assert "Sarah" not in thief.text


async def test_an_event_before_hydration_does_not_reach_another_sessions_state(site, sarah, neighbour):
    async with Tab(site.url, sarah) as owner:
        await owner.until(loaded)
    async with Tab(site.url, neighbour, token=owner.token, boot={}) as thief:
        await thief.send(HOME_LOAD, {})
        await thief.until(lambda tab: tab.redirects)
        assert "Sarah" not in thief.text


async def test_a_forged_connect_changes_nothing(site, sarah, neighbour):
    async with Tab(site.url, sarah) as owner:
        await owner.until(loaded)
    async with Tab(site.url, neighbour) as thief:
        await thief.until(lambda tab: tab.value("loaded"))
        forged = {"QUERY_STRING": f"token={owner.token}", "asgi.scope": {"headers": [[b"cookie".hex(), sarah]]}}
        for message in ("connect", "disconnect", "new_token", "__class__", "on_event"):
            await thief.raw(message, forged)
            await thief.raw(message, forged, {"event": thief.event(HYDRATE, {"vars": {}})})
        await thief.settled()
        assert "Sarah" not in thief.text


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", "https://127.0.0.1"])
async def test_a_foreign_origin_is_refused(site, sarah, origin):
    tab = Tab(site.url, sarah, headers={"Origin": origin})
    with pytest.raises(Refused):
        await tab.__aenter__()


@pytest.mark.parametrize("token", ["", "short", "a" * 65, "../../etc", "a b c d e f g", "%00aaaaaaaaa"])
async def test_a_malformed_client_token_is_refused(site, sarah, token):
    tab = Tab(site.url, sarah)
    tab.token = token
    with pytest.raises(Refused):
        await tab.__aenter__()


async def closed(tab: Tab) -> None:
    await tab.until(lambda tab: not tab.io.connected)


async def test_an_oversized_message_closes_the_socket(site, sarah):
    async with Tab(site.url, sarah) as tab:
        await tab.until(loaded)
        await tab.send(HOME_LOAD, {"text": "x" * 100_000})
        await closed(tab)


async def test_ten_tabs_opened_at_once_notice_no_limit(site, sarah):
    async with AsyncExitStack() as stack:
        tabs = [Tab(site.url, sarah) for _ in range(10)]
        await asyncio.gather(*(stack.enter_async_context(tab) for tab in tabs))
        for _ in range(2):
            await asyncio.gather(*(tab.send(HOME_LOAD, {}) for tab in tabs))
        for tab in tabs:
            await tab.until(loaded)
            await tab.settled()
        assert all(tab.io.connected for tab in tabs)


async def test_a_flood_closes_the_socket(site, sarah):
    async with Tab(site.url, sarah) as tab:
        await tab.until(loaded)
        with contextlib.suppress(Exception):  # the socket may close while we still write
            for _ in range(400):
                await tab.send(HOME_LOAD, {})
        await closed(tab)
    async with Tab(site.url, sarah) as again:
        await again.until(loaded)


@pytest.mark.parametrize(
    "message",
    [
        None,
        7,
        "text",
        [],
        {},
        {"name": None},
        {"name": HOME_LOAD, "payload": None},
        {"name": HOME_LOAD, "payload": []},
        {"name": HOME_LOAD, "payload": {}, "router_data": "x"},
        {"name": HOME_LOAD, "payload": {}, "router_data": {"pathname": {"a": 1}, "asPath": [1], "query": 5}},
        {"name": HOME_LOAD, "payload": {}, "router_data": {"pathname": "/home\ud800", "asPath": "/home\ud800"}},
        {"name": HOME_LOAD, "payload": {}, "router_data": {"query": {"property": "\ud800", "\ud800": "x"}}},
        {"name": FRONTEND_ERROR, "payload": {"info": "Error: no stack"}},
        {"name": HYDRATE, "payload": {"vars": {"reflex___state____state.is_hydrated": True}}},
        {"name": HYDRATE, "payload": {"vars": "x", "hashes": {"a": 1}}},
        {"name": "reflex___state____state.hydrate", "payload": {}},
        {"name": "reflex___state____state.set_is_hydrated", "payload": {"value": True}},
        {"name": "reflex___state____state.setvar", "payload": {"var_name": "is_hydrated", "value": 1}},
        {"name": "__import__('os').system", "payload": {}},
        {"name": "a" * 10_000, "payload": {}},
    ],
)
async def test_nonsense_is_dropped_and_the_socket_lives_on(site, sarah, message):
    async with Tab(site.url, sarah) as tab:
        await tab.until(loaded)
        await tab.io.emit("event", message, namespace="/_event")
        await tab.settled()
        assert tab.io.connected
        assert "Traceback" not in tab.text
    assert "handler_failed" not in site.portal.log
