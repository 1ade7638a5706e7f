"""The door of the websocket: known messages only, of a sane shape, at a human pace.

Two facts about the libraries make this necessary. python-socketio lets a client emit a message called
`connect`, which re-enters Reflex's `on_connect` with forged headers; and Reflex itself limits nothing.
"""

import re
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import Any

import reflex as rx
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex_base.event.context import EventContext
from socketio.exceptions import ConnectionRefusedError as ConnectionRefused

from portal_app import logs
from portal_app.gate.policy import policy_of
from portal_app.gate.presence import presences
from portal_app.settings import is_loopback

log = logs.get(__name__)
MESSAGES = frozenset({"event", "ping", "client_error"})
MAX_MESSAGE_BYTES = 64 * 1024
MAX_SOCKETS_PER_NETWORK = 200
# Without PORTAL_TRUSTED_PROXY_HOPS everybody behind a proxy on this machine seems to come from it.
MAX_SOCKETS_FROM_HERE = 5000
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")


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


def _message_bucket() -> Bucket:
    return Bucket(burst=60, per_second=20)


def _connection_bucket() -> Bucket:
    """Each connection with a new client token costs a state: nobody needs to open them faster than this."""
    return Bucket(burst=200, per_second=10)


def clean_event(data: Any) -> dict[str, Any] | None:
    """Return a client's event with only what we use, in the types we expect, or None to drop it."""
    if not isinstance(data, dict):
        return None
    name, payload, router_data = data.get("name"), data.get("payload", {}), data.get("router_data", {})
    if not isinstance(name, str) or not isinstance(payload, dict) or not isinstance(router_data, dict):
        return None
    policy = policy_of(name)
    if policy is None or policy.only_chained:
        return None
    return {"name": name, "payload": payload, "router_data": _clean_router_data(router_data)}


def _clean_router_data(given: dict[str, Any]) -> dict[str, Any]:
    """Keep the page's path and its query, as short strings."""
    kept: dict[str, Any] = {"pathname": "/", "asPath": "/"}
    for name in kept:
        value = given.get(name)
        if isinstance(value, str) and value.startswith("/") and len(value) <= 1000:
            kept[name] = value
    query = given.get("query")
    if isinstance(query, dict) and len(query) <= 20:
        kept["query"] = {k: v for k, v in query.items() if isinstance(v, str) and len(k) <= 100 and len(v) <= 1000}
    return kept


class _SocketGuard:
    """Stands between python-socketio and Reflex's event namespace of one app."""

    def __init__(self, app: rx.App) -> None:
        self._app = app
        assert app.sio is not None
        assert app.event_namespace is not None
        self._sio: Any = app.sio
        self._namespace: Any = app.event_namespace
        self._buckets: dict[str, Bucket] = {}
        self._networks: Counter[str] = Counter()
        self._arrivals: OrderedDict[str, Bucket] = OrderedDict()
        self._network_of: dict[str, str] = {}
        self._handle_message = self._sio._handle_event_internal
        self._connect = self._namespace.on_connect
        self._event = self._namespace.on_event
        self._disconnect = self._namespace.on_disconnect
        self._emit_update = self._namespace.emit_update

    def install(self) -> None:
        """Put the guarded versions in place of the libraries' own."""
        self._sio.eio.max_http_buffer_size = MAX_MESSAGE_BYTES
        self._sio._handle_event_internal = self.handle_message
        self._namespace.on_connect = self.on_connect
        self._namespace.on_event = self.on_event
        self._namespace.on_disconnect = self.on_disconnect
        self._namespace.emit_update = self.emit_update

    async def handle_message(
        self, server: Any, sid: str, eio_sid: str, data: Any, namespace: str, message_id: Any
    ) -> None:
        """Pass on the three messages a browser sends; close a socket that floods."""
        if not self._buckets.setdefault(eio_sid, _message_bucket()).take():
            log.warning("socket_closed", why="too many messages", network=self._network_of.get(sid, ""))
            await self._sio.disconnect(sid, namespace=namespace)
            return
        if not isinstance(data, list) or not data or data[0] not in MESSAGES:
            return
        await self._handle_message(server, sid, eio_sid, data, namespace, message_id)

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Accept a connection that names a well-formed client token; its boot event is cleaned first."""
        found = re.search(r"(?:^|&)token=([^&]*)", environ.get("QUERY_STRING", ""))
        if not found or not _TOKEN.fullmatch(found.group(1)):
            raise ConnectionRefused("no client token")
        self._count(sid, environ)
        cleaned = {}
        if isinstance(auth, dict):
            cleaned["event"] = clean_event(auth.get("event"))
            if isinstance(auth.get("state_schema"), str):
                cleaned["state_schema"] = auth["state_schema"][:64]
        await self._connect(sid, environ, {k: v for k, v in cleaned.items() if v is not None})

    def _count(self, sid: str, environ: dict[str, Any]) -> None:
        """Count a network's open sockets and arrivals; raises when there are too many."""
        network = self._namespace._build_static_router_data(sid, environ).get("ip", "")
        here = is_loopback(network)
        if self._networks[network] >= (MAX_SOCKETS_FROM_HERE if here else MAX_SOCKETS_PER_NETWORK):
            raise ConnectionRefused("too many connections")
        if not here and not self._arrival(network).take():
            raise ConnectionRefused("too many connections at once")
        self._networks[network] += 1
        self._network_of[sid] = network

    def _arrival(self, network: str) -> Bucket:
        """Return the network's arrivals; the longest unused are forgotten beyond ten thousand networks."""
        bucket = self._arrivals.pop(network, None) or _connection_bucket()
        self._arrivals[network] = bucket
        if len(self._arrivals) > 10_000:
            self._arrivals.popitem(last=False)
        return bucket

    async def on_event(self, sid: str, data: Any) -> None:
        """Hand a cleaned event to Reflex; anything else is dropped without a trace of its content."""
        event = clean_event(data)
        if event is None:
            log.info("event_dropped", network=self._network_of.get(sid, ""))
            return
        await self._event(sid, event)

    def on_disconnect(self, sid: str, *_reason: Any) -> Any:
        """Forget the tab and the counts of a socket that has gone."""
        token = self._namespace.sid_to_token.get(sid)
        if token and presences.get(token) is None:
            self._drop_state(token)
        elif token:
            presences.forget(token, sid)
        network = self._network_of.pop(sid, None)
        if network is not None:
            self._networks[network] -= 1
            if not self._networks[network]:
                del self._networks[network]
        self._forget_bucket(sid)
        return self._disconnect(sid)

    def _drop_state(self, token: str) -> None:
        """Free a visitor's state at once: it holds nothing, and strangers could pile them up."""
        manager = self._app.state_manager
        if isinstance(manager, StateManagerMemory):
            manager._purge_token(BaseStateToken(ident=token, cls=rx.State))

    def _forget_bucket(self, sid: str) -> None:
        eio_sid = self._sio.manager.eio_sid_from_sid(sid, self._namespace.namespace)
        self._buckets.pop(eio_sid, None)

    async def emit_update(self, update: Any, token: str) -> None:
        """Send an update only to the socket whose event made it.

        Between an event and its answer the socket can go and another one take up the client token.
        """
        try:
            asked_by = EventContext.get().router_data.get("sid")
        except LookupError:
            asked_by = None
        record = self._namespace._token_manager.token_to_socket.get(token)
        if asked_by and record is not None and record.sid != asked_by:
            return
        await self._emit_update(update, token)


def guard_sockets(app: rx.App) -> None:
    """Guard the app's websocket; call once, after the app is made."""
    _SocketGuard(app).install()
