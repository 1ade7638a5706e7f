"""Connections that speak engine.io badly: below the messages that a handler would ever see."""

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest

from portal_app.gate.connections import MAX_SOCKETS_PER_NETWORK
from tests.running import RunningPortal
from tests.socket_client import HYDRATE

pytestmark = pytest.mark.timeout(240)


def connect(session: aiohttp.ClientSession, url: str, come_from: str = ""):
    """Open a websocket as engine.io's client does, perhaps as seen through a proxy of ours."""
    address = f"{url.replace('http', 'ws', 1)}/_event/?token={uuid.uuid4()}&EIO=4&transport=websocket"
    forwarded = {"X-Forwarded-For": come_from} if come_from else {}
    return session.ws_connect(address, headers={"Origin": url, **forwarded}, max_msg_size=0)


@asynccontextmanager
async def line(site) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A websocket that has read engine.io's greeting and said nothing yet."""
    async with aiohttp.ClientSession() as session, connect(session, site.url) as socket:
        assert (await socket.receive_str()).startswith("0")
        yield socket


def ask() -> str:
    """Return the packet with which a page asks for the namespace."""
    event = {"name": HYDRATE, "payload": {"vars": {}}, "router_data": {"pathname": "/login", "asPath": "/login"}}
    return "40/_event," + json.dumps({"event": event})


async def asked(socket: aiohttp.ClientWebSocketResponse) -> None:
    await socket.send_str(ask())
    while not (await socket.receive_str(timeout=10)).startswith("40/_event"):
        pass


async def ended(socket: aiohttp.ClientWebSocketResponse, seconds: float = 10) -> bool:
    """Return whether the server ends the connection within the time."""
    over = {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.ERROR}
    while (await socket.receive(timeout=seconds)).type not in over:
        pass
    return True


async def flood(socket: aiohttp.ClientWebSocketResponse, packet: str, times: int) -> None:
    for _ in range(times):
        if socket.closed:
            return
        try:
            await socket.send_str(packet)
        except (ConnectionError, aiohttp.ClientError):
            return


@pytest.mark.parametrize("packet", ['451000000-/_event,["event",{"_placeholder":true,"num":0}]', "461-/_event,1[]"])
async def test_a_binary_packet_ends_the_connection_before_its_attachments_are_kept(site, packet):
    async with line(site) as socket:
        await asked(socket)
        await socket.send_str(packet)
        assert await ended(socket)


async def test_bytes_end_the_connection(site):
    async with line(site) as socket:
        await asked(socket)
        await socket.send_bytes(b"x" * 1000)
        assert await ended(socket)


@pytest.mark.parametrize("packet", ["4garbage", "42/_event,{", "40/_event," + "[" * 20_000, "4", "49", "42/_event,[]"])
async def test_a_packet_nobody_can_read_ends_the_connection(site, packet):
    async with line(site) as socket:
        await socket.send_str(packet)
        await flood(socket, packet, 100)
        assert await ended(socket)


@pytest.mark.parametrize("packet", ["3", "2", "5", '42/_event,["event",{}]', "40/elsewhere,", "43/_event,1[]"])
async def test_a_flood_below_the_messages_ends_the_connection(site, packet):
    async with line(site) as socket:
        await flood(socket, packet, 400)
        assert await ended(socket)


async def test_a_page_that_asked_is_left_alone(site):
    async with line(site) as socket:
        await asked(socket)
        await socket.send_str('42/_event,["ping"]')
        while not (await socket.receive_str(timeout=10)).startswith('42/_event,["ping"'):
            pass
        assert not socket.closed


async def test_connections_that_ask_for_nothing_are_counted(tmp_path):
    """A network outside holds 200 and no more, whether or not they ever say anything."""
    with RunningPortal(tmp_path, PORTAL_TRUSTED_PROXY_HOPS="1") as portal:
        async with AsyncExitStack() as stack:
            many = aiohttp.TCPConnector(limit=0)
            session = await stack.enter_async_context(aiohttp.ClientSession(connector=many))
            for _ in range(MAX_SOCKETS_PER_NETWORK):
                await stack.enter_async_context(connect(session, portal.url, "203.0.113.7"))
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await connect(session, portal.url, "203.0.113.7")
            await stack.enter_async_context(connect(session, portal.url, "203.0.113.8"))
