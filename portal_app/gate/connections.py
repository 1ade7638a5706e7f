"""The door below the messages: how many connections a network may hold, and what each of them may send.

engine.io and socket.io count nothing: a connection that never asks for the namespace is seen by no handler,
a binary packet may announce ten thousand million attachments, and what a client does not read is kept for it.
"""

import asyncio
import ipaddress
import time
import traceback
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from engineio.exceptions import SocketIsClosedError

from portal_app import logs
from portal_app.gate.unfinished import UnfinishedMessages
from portal_app.settings import is_loopback

log = logs.get(__name__)
# An office or a housing estate behind one address: thirty people with six tabs each.
MAX_SOCKETS_PER_NETWORK = 200
# Who is not signed in has the sign-in page open and little else.
MAX_SOCKETS_OF_STRANGERS = 24
MAX_SOCKETS_PER_LOGIN = 60
# Without PORTAL_TRUSTED_PROXY_HOPS everybody behind a proxy on this machine seems to come from it.
MAX_SOCKETS_FROM_HERE = 5000
MOST_WAITING = 500
# A page asks for the namespace as soon as it is greeted; this is long enough for the slowest telephone.
SECONDS_TO_ASK = 15
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


def _event_bucket() -> Bucket:
    """What all the tabs of a login, or all strangers of a network, may ask: a page's opening is one to three events."""
    return Bucket(burst=120, per_second=20)


def _event_bucket_from_here() -> Bucket:
    """The same for a login on this machine, where one of them may stand for many: whoever measures, or a proxy."""
    return Bucket(burst=2000, per_second=100)


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


@dataclass(slots=True)
class _Buckets:
    """A bucket for each name; the longest unused are forgotten beyond ten thousand."""

    make: Callable[[], Bucket]
    known: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)

    def take(self, name: str) -> bool:
        """Take one from a name's bucket; False when it is too fast."""
        bucket = self.known.pop(name, None) or self.make()
        self.known[name] = bucket
        if len(self.known) > 10_000:
            self.known.popitem(last=False)
        return bucket.take()


class ConnectionGuard:
    """Counts and watches the engine.io connections of one socket.io server.

    Of a handshake's environment `address_of` returns the client's address, and `login_of` the row of the login whose
    session its cookie holds, or None.
    """

    def __init__(
        self,
        sio: Any,
        address_of: Callable[[dict[str, Any]], str],
        login_of: Callable[[dict[str, Any]], Awaitable[int | None]],
    ) -> None:
        self._sio = sio
        self._address_of = address_of
        self._login_of = login_of
        self._open: Counter[str] = Counter()
        # What a connection is counted with: its network first, then its login or the strangers of its network.
        self._counted_as: dict[str, tuple[str, ...]] = {}
        self._arrivals = _Buckets(_arrival_bucket)
        self._events = _Buckets(_event_bucket)
        self._events_from_here = _Buckets(_event_bucket_from_here)
        self._unfinished = UnfinishedMessages(self.shut)
        self._ending: set[asyncio.Future[None]] = set()
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
        """Accept a connection while its network and its login have room; anything but None refuses it."""
        network = network_of(self._address_of(environ))
        if not self._has_room(network):
            return _full(network)
        # Counted before anything is waited for, so that many at once are not all let in.
        self._count_in(connection, network)
        accepted = False
        try:
            login = await self._login_of(environ)
            party, most = _party(network, login)
            if not self._room(party, most):
                return _full(network)
            self._count_in(connection, party)
            refused = await self._connect(connection, environ)
            if refused is not None and refused is not True:
                return refused
            accepted = True
        finally:
            if not accepted:
                self._count_out(connection)
        self._watch(connection, environ)
        return None

    def _has_room(self, network: str) -> bool:
        here = is_loopback(network)
        most = MAX_SOCKETS_FROM_HERE if here else MAX_SOCKETS_PER_NETWORK
        return self._room(network, most) and (here or self._arrivals.take(network))

    def _room(self, name: str, most: int) -> bool:
        if self._open[name] >= most:
            self._forget_lost()
        return self._open[name] < most

    def may_ask(self, connection: str) -> bool:
        """Return whether the connection's login, or its network if nobody is signed in, has not asked too much."""
        network, party = (*self._counted_as.get(connection, ()), "", "")[:2]
        if is_loopback(network):
            return party == _strangers(network) or self._events_from_here.take(party)
        return self._events.take(party)

    def _forget_lost(self) -> None:
        """Count out connections that ended without a word, such as one broken off in its handshake."""
        for connection in [known for known in self._counted_as if known not in self._sio.eio.sockets]:
            self._count_out(connection)

    def _count_in(self, connection: str, name: str) -> None:
        self._counted_as[connection] = (*self._counted_as.get(connection, ()), name)
        self._open[name] += 1

    def _count_out(self, connection: str) -> None:
        for name in self._counted_as.pop(connection, ()):
            self._open[name] -= 1
            if not self._open[name]:
                del self._open[name]

    def _watch(self, connection: str, environ: dict[str, Any]) -> None:
        """Look at every packet of a connection before engine.io does."""
        line = self._sio.eio.sockets[connection]
        receive, bucket = line.receive, _packet_bucket()
        silent = asyncio.get_running_loop().call_later(SECONDS_TO_ASK, self._end_silent, connection)
        self._unfinished.watch(connection, environ)

        async def receive_watched(packet: Any) -> None:
            silent.cancel()
            self._unfinished.finished(connection)
            why = _unwelcome(packet.data)
            if not why and not bucket.take():
                why = "too many messages"
            if not why and line.queue.qsize() > MOST_WAITING:
                why = "does not read"
            if why:
                await self.shut(connection, why)
                raise SocketIsClosedError
            await receive(packet)

        line.receive = receive_watched

    def _end_silent(self, connection: str) -> None:
        ending = asyncio.ensure_future(self.shut(connection, "silent"))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def shut(self, connection: str, why: str) -> None:
        """End a connection, whatever still waits to be sent to it."""
        line = self._sio.eio.sockets.get(connection)
        if line is None or line.closed:
            return
        log.warning("socket_closed", why=why, network=(*self._counted_as.get(connection, ()), "")[0])
        self._unfinished.cut(connection)
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
            await self.shut(connection, "unreadable")

    async def on_disconnect(self, connection: str, reason: Any = None) -> None:
        """Count a connection out."""
        self._count_out(connection)
        self._unfinished.forget(connection)
        await self._disconnect(connection, reason)


def _unwelcome(data: Any) -> str:
    """Return why a packet is none of ours, empty when it may be."""
    binary = isinstance(data, bytes | bytearray) or (isinstance(data, str) and data.startswith(_BINARY))
    return "binary" if binary else ""


def _strangers(network: str) -> str:
    return f"strangers at {network}"


def _party(network: str, login: int | None) -> tuple[str, int]:
    """Return what a connection is counted with beside its network, and how many of those there may be."""
    name = _strangers(network) if login is None else f"login {login}"
    if is_loopback(network):
        return name, MAX_SOCKETS_FROM_HERE
    return name, MAX_SOCKETS_OF_STRANGERS if login is None else MAX_SOCKETS_PER_LOGIN


def _full(network: str) -> dict[str, str]:
    log.warning("connection_refused", network=network)
    return {"message": "too many connections"}
