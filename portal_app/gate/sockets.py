"""The door of the websocket: known messages only, of a sane shape, at a human pace.

Two facts about the libraries make this necessary. python-socketio lets a client emit a message called
`connect`, which re-enters Reflex's `on_connect` with forged headers; and Reflex itself limits nothing.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import reflex as rx
from pydantic import ValidationError
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex_base.event.context import EventContext
from socketio.exceptions import ConnectionRefusedError as ConnectionRefused
from sqlalchemy.exc import SQLAlchemyError

from portal_app import logs
from portal_app.gate.connections import ConnectionGuard
from portal_app.gate.middleware import holders, session_cookie
from portal_app.gate.policy import policy_of
from portal_app.gate.presence import presences

log = logs.get(__name__)
# The messages a browser sends, and how many parts each has, its name included.
MESSAGES = {"event": 2, "ping": 1, "client_error": 2}
MAX_MESSAGE_BYTES = 64 * 1024
LEAVE_SECONDS, LEAVE_TRIES = 0.2, 300
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
_addressee: ContextVar[str] = ContextVar("portal_addressee", default="")


@contextmanager
def addressed_to(sid: str) -> Iterator[None]:
    """Let what is sent inside the block reach this socket only, whoever holds the client token by then."""
    before = _addressee.set(sid)
    try:
        yield
    finally:
        _addressee.reset(before)


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
    return {"name": name, "payload": _without_nul(payload), "router_data": _clean_router_data(router_data)}


def _without_nul(value: Any) -> Any:
    """Return what a client sent without the character NUL, which nobody types and PostgreSQL takes in no text."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(one) for name, one in value.items()}
    return value


def _fits(event: dict[str, Any]) -> bool:
    """Return whether an event's arguments are what its handler takes; the gate refuses others, which costs nothing."""
    policy = policy_of(event["name"])
    try:
        return policy is not None and policy.check_arguments(event["payload"]) is None
    except ValidationError:
        return False


def _clean_router_data(given: dict[str, Any]) -> dict[str, Any]:
    """Keep the page's path and its query, as short strings."""
    kept: dict[str, Any] = {"pathname": "/", "asPath": "/"}
    for name in kept:
        value = given.get(name)
        if isinstance(value, str) and value.startswith("/") and len(value) <= 1000 and _is_text(value):
            kept[name] = value
    query = given.get("query")
    if isinstance(query, dict) and len(query) <= 20:
        kept["query"] = {
            k: v
            for k, v in query.items()
            if isinstance(v, str) and len(k) <= 100 and len(v) <= 1000 and _is_text(k) and _is_text(v)
        }
    return kept


def _is_text(value: str) -> bool:
    """Return whether a string can be sent and kept; JSON may hold NUL, and halves of a letter, which are none."""
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value)


class _SocketGuard:
    """Stands between python-socketio and Reflex's event namespace of one app."""

    def __init__(self, app: rx.App) -> None:
        self._app = app
        assert app.sio is not None
        assert app.event_namespace is not None
        self._sio: Any = app.sio
        self._namespace: Any = app.event_namespace
        self._connections = ConnectionGuard(self._sio, self._address, self._login)
        self._handle_message = self._sio._handle_event_internal
        self._connect = self._namespace.on_connect
        self._event = self._namespace.on_event
        self._disconnect = self._namespace.on_disconnect
        self._emit_update = self._namespace.emit_update
        self._leaving: set[asyncio.Task[None]] = set()

    def install(self) -> None:
        """Put the guarded versions in place of the libraries' own."""
        self._sio.eio.max_http_buffer_size = MAX_MESSAGE_BYTES
        self._connections.install()
        self._sio._handle_event_internal = self.handle_message
        self._namespace.on_connect = self.on_connect
        self._namespace.on_event = self.on_event
        self._namespace.on_disconnect = self.on_disconnect
        self._namespace.emit_update = self.emit_update

    async def handle_message(
        self, server: Any, sid: str, eio_sid: str, data: Any, namespace: str, message_id: Any
    ) -> None:
        """Pass on the three messages a browser sends."""
        if not isinstance(data, list) or not data or not isinstance(data[0], str):
            return
        if MESSAGES.get(data[0]) != len(data):
            return
        await self._handle_message(server, sid, eio_sid, data, namespace, message_id)

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Accept a connection that names a well-formed client token; its boot event is cleaned first."""
        found = re.search(r"(?:^|&)token=([^&]*)", environ.get("QUERY_STRING", ""))
        if not found or not _TOKEN.fullmatch(found.group(1)):
            raise ConnectionRefused("no client token")
        cleaned = {}
        if isinstance(auth, dict):
            cleaned["event"] = clean_event(auth.get("event"))
            if isinstance(auth.get("state_schema"), str):
                cleaned["state_schema"] = auth["state_schema"][:64]
        await self._connect(sid, environ, {k: v for k, v in cleaned.items() if v is not None})

    def _address(self, environ: dict[str, Any]) -> str:
        """Return the client's address as Reflex reads it, proxies of ours taken into account."""
        return self._namespace._build_static_router_data("", environ).get("ip", "")

    async def _login(self, environ: dict[str, Any]) -> int | None:
        """Return the login whose session a handshake's cookie holds."""
        headers = self._namespace._build_static_router_data("", environ).get("headers", {})
        cookie = session_cookie(headers.get("cookie", ""))
        try:
            found = await asyncio.to_thread(holders, [cookie]) if cookie else {}
        except SQLAlchemyError:
            # What the page asks for next will say that the database is away.
            return None
        return found[cookie].login_id if cookie in found else None

    async def on_event(self, sid: str, data: Any) -> None:
        """Hand a cleaned event to Reflex; anything else is dropped without a trace of its content."""
        if sid not in self._namespace._static_router_data:
            # The line went while this waited; Reflex would look for its headers and raise.
            return
        event = clean_event(data)
        if event is None:
            log.info("event_dropped", network=self._namespace._static_router_data.get(sid, {}).get("ip", ""))
            return
        if _fits(event) and not self._connections.may_ask(connection := self._connection_of(sid)):
            await self._connections.shut(connection, "too many events")
            return
        await self._event(sid, event)

    def _connection_of(self, sid: str) -> str:
        return self._sio.manager.eio_sid_from_sid(sid, self._namespace.namespace) or ""

    def on_disconnect(self, sid: str, *_reason: Any) -> Any:
        """Forget the tab of a socket that has gone."""
        token = self._namespace.sid_to_token.get(sid)
        if token:
            # A visitor's state holds nothing, and strangers could pile them up.
            empty = presences.get(token) is None
            presences.forget(token, sid)
            leaving = asyncio.create_task(self._leave(token, sid, drop=empty))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
        return self._disconnect(sid)

    async def _leave(self, token: str, sid: str, *, drop: bool) -> None:
        """Wait until the last events of a tab that has gone are over; they may have noted it as open again.

        Then its state is freed, if it is to be dropped: to a handler under way it must not be torn. Whoever has come
        back meanwhile keeps it.
        """
        manager, state = self._app.state_manager, BaseStateToken(ident=token, cls=rx.State)
        for _ in range(LEAVE_TRIES):
            lock = getattr(manager, "_states_locks", {}).get(state.lock_key)
            if not self._app.event_processor._token_queues.get(token) and not (lock and lock.locked()):
                break
            await asyncio.sleep(LEAVE_SECONDS)
        else:
            return
        presences.forget(token, sid)
        now = self._namespace._token_manager.token_to_socket.get(token)
        if drop and isinstance(manager, StateManagerMemory) and (now is None or now.sid == sid):
            manager._purge_token(state)

    async def emit_update(self, update: Any, token: str) -> None:
        """Send an update only to the socket whose event made it, or that it is addressed to.

        Between an event and its answer the socket can go and another one take up the client token.
        """
        asked_by = _addressee.get() or _asking()
        record = self._namespace._token_manager.token_to_socket.get(token)
        if asked_by and record is not None and record.sid != asked_by:
            return
        await self._emit_update(update, token)


def _asking() -> str:
    """Return the socket whose event is being handled, empty outside of any."""
    try:
        return EventContext.get().router_data.get("sid") or ""
    except LookupError:
        return ""


def guard_sockets(app: rx.App) -> None:
    """Guard the app's websocket; call once, after the app is made."""
    _SocketGuard(app).install()
