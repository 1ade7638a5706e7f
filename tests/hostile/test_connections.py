"""Connections that speak engine.io badly: below the messages that a handler would ever see."""

import asyncio
import base64
import json
import os
import struct
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import aiohttp
import pytest

from portal_app.gate.connections import MAX_SOCKETS_OF_STRANGERS, MAX_SOCKETS_PER_LOGIN, SECONDS_TO_ASK
from tests.hostile.handlers import HOME_LOAD
from tests.site import CUSTOMER, NEIGHBOUR, Site, running_site
from tests.socket_client import HYDRATE, Tab, cookie_header

pytestmark = pytest.mark.timeout(240)


def connect(session: aiohttp.ClientSession, url: str, come_from: str = "", cookie: str = ""):
    """Open a websocket as engine.io's client does, perhaps as seen through a proxy of ours."""
    address = f"{url.replace('http', 'ws', 1)}/_event/?token={uuid.uuid4()}&EIO=4&transport=websocket"
    forwarded = {"X-Forwarded-For": come_from} if come_from else {}
    own = {"Cookie": cookie} if cookie else {}
    return session.ws_connect(address, headers={"Origin": url, **forwarded, **own}, max_msg_size=0)


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


async def test_a_connection_that_says_nothing_ends(site):
    async with line(site) as socket:
        assert await ended(socket, SECONDS_TO_ASK + 10)


def fragment(first: bool, size: int) -> bytes:
    """Return a frame of a text that goes on (https://www.rfc-editor.org/rfc/rfc6455#section-5.2)."""
    return bytes([1 if first else 0, 0x80 | 127]) + struct.pack("!Q", size) + bytes(4) + b"4" * size


async def test_a_message_without_an_end_ends_the_connection(site):
    """The server keeps up to 64 MB of each message until it is whole, and says nothing of it before."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.portal.port)
    key = base64.b64encode(os.urandom(16)).decode()
    asking = {
        "Host": f"127.0.0.1:{site.portal.port}",
        "Origin": site.url,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in asking.items())
    writer.write(f"GET /_event/?token={uuid.uuid4()}&EIO=4&transport=websocket HTTP/1.1\r\n{head}\r\n".encode())
    assert b" 101 " in await reader.readline()
    sent = 0
    try:
        while sent < 60 and not reader.at_eof():
            writer.write(fragment(sent == 0, 1024 * 1024))
            await asyncio.wait_for(writer.drain(), 10)
            await asyncio.sleep(0.2)
            sent += 1
    except ConnectionError:
        pass
    assert sent < 50
    writer.close()


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site behind a proxy, which tells from where people come."""
    with running_site(tmp_path_factory.mktemp("proxied"), PORTAL_TRUSTED_PROXY_HOPS="1") as site:
        yield site


async def test_connections_that_ask_for_nothing_are_counted(proxied):
    """Those of strangers for each network, those of a login wherever they come from."""
    cookie = cookie_header(proxied.portal.sign_in(CUSTOMER))
    async with AsyncExitStack() as stack:
        many = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=many))
        for _ in range(MAX_SOCKETS_OF_STRANGERS):
            await stack.enter_async_context(connect(session, proxied.url, "203.0.113.7"))
        for forged in ("", "porchlight_session=" + "x" * 43):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await connect(session, proxied.url, "203.0.113.7", forged)
        await stack.enter_async_context(connect(session, proxied.url, "203.0.113.8"))
        for _ in range(MAX_SOCKETS_PER_LOGIN):
            await stack.enter_async_context(connect(session, proxied.url, "203.0.113.7", cookie))
        for elsewhere in ("203.0.113.7", "203.0.113.9"):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await connect(session, proxied.url, elsewhere, cookie)


async def test_a_flood_over_many_sockets_is_one_flood(proxied):
    """Each of them stays below what one may send; what they ask is counted for their login."""
    flooding, other = (cookie_header(proxied.portal.sign_in(one)) for one in (NEIGHBOUR, CUSTOMER))
    away = {"X-Forwarded-For": "203.0.113.20"}
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(Tab(proxied.url, flooding, headers=away)) for _ in range(10)]
        for _ in range(30):
            for tab in tabs:
                with suppress(Exception):  # the socket may close while we still write
                    await tab.send(HOME_LOAD, {})
        await asyncio.sleep(1)
        assert sum(not tab.io.connected for tab in tabs) >= 5
        async with Tab(proxied.url, other, headers=away) as tab:
            await tab.until(lambda tab: "Sarah" in tab.text)
    assert "too many events" in proxied.portal.log
