"""The mailbox on one port: a browser speaks first, a mail program waits to be greeted; that tells them apart."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from portal_app.demo.mailbox.page import routes
from portal_app.demo.mailbox.smtp import Keeper, MailConnection, Trouble
from portal_app.demo.mailbox.store import Store

# Long enough for the first bytes of a browser on the same machine, even a busy one.
SILENCE_SECONDS = 0.3


def make_server(store: Store, trouble: Trouble, **config: Any) -> uvicorn.Server:
    """Return a server of both protocols that is not yet running; `config` goes to uvicorn."""
    app = Starlette(routes=routes())
    app.state.store = store
    keeper = Keeper(store, trouble)

    class OurDoor(Door):
        """A door to this mailbox; uvicorn makes one for each connection."""

        def make_mail_connection(self, state: ServerState) -> MailConnection:
            """Return the SMTP half of a connection."""
            return MailConnection(keeper, state, sign_in_required=trouble.sign_in is not None)

    settings = {"proxy_headers": False, "server_header": False, "loop": "asyncio", "log_level": "warning", **config}
    return uvicorn.Server(uvicorn.Config(app, http=OurDoor, **settings))


class Door(asyncio.Protocol, ABC):
    """The first moments of a connection, until it is known which protocol the other side speaks."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._make_http: Callable[[], H11Protocol] = lambda: H11Protocol(config, server_state, app_state, _loop)
        self._state = server_state
        # Of these the server only calls `shutdown`.
        self._connections: set[Any] = server_state.connections
        self._transport: asyncio.Transport
        self._timer: asyncio.TimerHandle | None = None

    @abstractmethod
    def make_mail_connection(self, state: ServerState) -> MailConnection:
        """Return the SMTP half of a connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the other side to speak, for a moment."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)
        self._timer = asyncio.get_running_loop().call_later(SILENCE_SECONDS, self._greet)

    def data_received(self, data: bytes) -> None:
        """Hand over to HTTP: the other side spoke first."""
        protocol = self._make_http()
        self._hand_over(protocol)
        protocol.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection that ended without a word."""
        self._leave()

    def shutdown(self) -> None:
        """Close, when the server stops."""
        self._transport.close()

    def _greet(self) -> None:
        if not self._transport.is_closing():
            self._hand_over(self.make_mail_connection(self._state))

    def _hand_over(self, protocol: asyncio.Protocol) -> None:
        self._leave()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)

    def _leave(self) -> None:
        self._connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
