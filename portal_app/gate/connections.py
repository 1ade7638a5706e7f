"""The door below the messages: how many connections a network may hold, and what each of them may send.

engine.io and socket.io count nothing: a connection that never asks for the namespace is seen by no handler,
a binary packet may announce ten thousand million attachments, and what a client does not read is kept for it.
"""

import ipaddress
import time
import traceback
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engineio.exceptions import SocketIsClosedError

from portal_app import logs
from portal_app.settings import is_loopback

log = logs.get(__name__)
MAX_SOCKETS_PER_NETWORK = 200
# Without PORTAL_TRUSTED_PROXY_HOPS everybody behind a proxy on this machine seems to come from it.
MAX_SOCKETS_FROM_HERE = 5000
MOST_WAITING = 500
# socket.io's BINARY_EVENT and BINARY_ACK; no page of ours sends either.
_BINARY = ("5", "6")
# What socket.io's reading of a packet ends in when there is no sense in it.
_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


@dataclass(slots=True)
class Bucket:
    """A token bucket: `burst` at once, `per_second` in the long run."""

    burst: float
    per_second: float
    level: float = field(init=False)
    filled_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Start full."""
        self.level = self.burst

    def take(self) -> bool:
        """Take one; False when the sender is too fast."""
        now = time.monotonic()
        self.level = min(self.burst, self.level + (now - self.filled_at) * self.per_second)
        self.filled_at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True


def _packet_bucket() -> Bucket:
    return Bucket(burst=60, per_second=20)


def _arrival_bucket() -> Bucket:
    """Each connection with a new client token costs a state: nobody needs to open them faster than this."""
    return Bucket(burst=200, per_second=10)


def network_of(address: str) -> str:
    """Return what an address is counted with: itself for IPv4, its /64 for IPv6, of which one home has all."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 4 or parsed.is_loopback:
        return str(parsed)
    return str(getattr(parsed, "ipv4_mapped", None) or ipaddress.ip_network((parsed, 64), strict=False))


class ConnectionGuard:
    """Counts and watches the engine.io connections of one socket.io server.

    `address_of` returns the client's address of a handshake's environment.
    """

    def __init__(self, sio: Any, address_of: Callable[[dict[str, Any]], str]) -> None:
        self._sio = sio
        self._address_of = address_of
        self._open: Counter[str] = Counter()
        self._network_of: dict[str, str] = {}
        self._arrivals: OrderedDict[str, Bucket] = OrderedDict()
        handlers = sio.eio.handlers
        self._connect, self._message, self._disconnect = (
            handlers[name] for name in ("connect", "message", "disconnect")
        )

    def install(self) -> None:
        """Put the guarded versions in place of socket.io's own."""
        self._sio.eio.on("connect", self.on_connect)
        self._sio.eio.on("message", self.on_message)
        self._sio.eio.on("disconnect", self.on_disconnect)

    async def on_connect(self, connection: str, environ: dict[str, Any]) -> Any:
        """Accept a connection while its network has room; anything but None refuses it."""
        network = network_of(self._address_of(environ))
        if not self._has_room(network):
            log.warning("connection_refused", network=network)
            return {"message": "too many connections"}
        refused = await self._connect(connection, environ)
        if refused is not None and refused is not True:
            return refused
        self._network_of[connection] = network
        self._open[network] += 1
        self._watch(connection)
        return None

    def _has_room(self, network: str) -> bool:
        here = is_loopback(network)
        most = MAX_SOCKETS_FROM_HERE if here else MAX_SOCKETS_PER_NETWORK
        if self._open[network] >= most:
            self._forget_lost()
        return self._open[network] < most and (here or self._arrival(network).take())

    def _arrival(self, network: str) -> Bucket:
        """Return the network's arrivals; the longest unused are forgotten beyond ten thousand networks."""
        bucket = self._arrivals.pop(network, None) or _arrival_bucket()
        self._arrivals[network] = bucket
        if len(self._arrivals) > 10_000:
            self._arrivals.popitem(last=False)
        return bucket

    def _forget_lost(self) -> None:
        """Count out connections that ended without a word, such as one broken off in its handshake."""
        for connection in [known for known in self._network_of if known not in self._sio.eio.sockets]:
            self._count_out(connection)

    def _count_out(self, connection: str) -> None:
        network = self._network_of.pop(connection, None)
        if network is not None:
            self._open[network] -= 1
            if not self._open[network]:
                del self._open[network]

    def _watch(self, connection: str) -> None:
        """Look at every packet of a connection before engine.io does."""
        line = self._sio.eio.sockets[connection]
        receive, bucket = line.receive, _packet_bucket()

        async def receive_watched(packet: Any) -> None:
            why = _unwelcome(packet.data)
            if not why and not bucket.take():
                why = "too many messages"
            if not why and line.queue.qsize() > MOST_WAITING:
                why = "does not read"
            if why:
                await self._shut(connection, why)
                raise SocketIsClosedError
            await receive(packet)

        line.receive = receive_watched

    async def _shut(self, connection: str, why: str) -> None:
        line = self._sio.eio.sockets.get(connection)
        if line is None or line.closed:
            return
        log.warning("socket_closed", why=why, network=self._network_of.get(connection, ""))
        await line.close(wait=False, abort=True)
        while not line.queue.empty():
            line.queue.get_nowait()
        line.queue.put_nowait(None)

    async def on_message(self, connection: str, data: Any) -> None:
        """Hand a packet to socket.io; one that it cannot read ends the connection, so that it is logged once."""
        try:
            await self._message(connection, data)
        except _UNREADABLE as error:
            # The place is enough to tell a stranger's nonsense from a failure of ours.
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{place.filename.rpartition('/')[2]}:{place.lineno}"
            log.warning("packet_failed", error=type(error).__name__, where=where)
            await self._shut(connection, "unreadable")

    async def on_disconnect(self, connection: str, reason: Any = None) -> None:
        """Count a connection out."""
        self._count_out(connection)
        await self._disconnect(connection, reason)


def _unwelcome(data: Any) -> str:
    """Return why a packet is none of ours, empty when it may be."""
    binary = isinstance(data, bytes | bytearray) or (isinstance(data, str) and data.startswith(_BINARY))
    return "binary" if binary else ""
