"""The SMTP half: takes every mail and keeps it, unless it has been told to make trouble."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from uvicorn.server import ServerState

from portal_app.demo.mailbox.store import Store

LARGEST_MAIL = 10 * 1024 * 1024
_ADDRESS = re.compile(r"[^@\s<>]{1,200}@[^@\s<>]{1,253}")


@dataclass
class Trouble:
    """How the mailbox misbehaves, for trying out what the portal makes of it.

    `refused` addresses are answered 550, addresses that begin with `refused@` always; `busy` is how many of the next
    mails are answered 451, `drops` how many of the next mails are kept without an answer: the line is cut.
    `sign_in` is the (name, password) that is asked for, None when anybody may send.
    """

    refused: set[str] = field(default_factory=set)
    busy: int = 0
    drops: int = 0
    sign_in: tuple[str, str] | None = None

    def refuses(self, address: str) -> bool:
        """Return whether mail to the address is refused."""
        return address.lower() in self.refused or address.lower().startswith("refused@")


class Keeper:
    """What happens to a mail: the hooks that aiosmtpd calls."""

    def __init__(self, store: Store, trouble: Trouble) -> None:
        self._store = store
        self._trouble = trouble

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        if not _ADDRESS.fullmatch(address):
            return "553 5.1.3 That is not an address"
        if self._trouble.refuses(address):
            return "550 5.1.1 There is nobody of this name here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep the mail for each of its recipients."""
        if self._trouble.busy > 0:
            self._trouble.busy -= 1
            return "451 4.3.2 Too busy, please come again"
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        for recipient in envelope.rcpt_tos:
            await asyncio.to_thread(self._store.add, recipient, raw)
        if self._trouble.drops > 0:
            self._trouble.drops -= 1
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
        return "250 OK, kept"

    def sign_in(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        """Accept the name and password that were set, anything when none were."""
        wanted = self._trouble.sign_in
        if wanted is None:
            return AuthResult(success=True)
        given = data if isinstance(data, LoginPassword) else LoginPassword(b"", b"")
        right = (given.login.decode(errors="replace"), given.password.decode(errors="replace")) == wanted
        return AuthResult(success=right, handled=False)


class MailConnection(SMTP):
    """One SMTP connection among the web server's own, so that both are closed together."""

    def __init__(self, keeper: Keeper, state: ServerState, *, sign_in_required: bool) -> None:
        super().__init__(
            keeper,
            hostname="mailbox.example",
            ident="Porchlight demo mailbox",
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            authenticator=keeper.sign_in,
            auth_require_tls=False,
            timeout=60,
            loop=asyncio.get_running_loop(),
        )
        # Set here and not above: aiosmtpd warns of passwords without TLS, which on loopback are no risk.
        self._auth_required = sign_in_required
        # Of these the server only calls `shutdown`.
        self._connections: set[Any] = state.connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, and be counted."""
        self._connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """End, and be counted no more."""
        self._connections.discard(self)
        super().connection_lost(error)

    def shutdown(self) -> None:
        """Close, when the server stops."""
        if self.transport is not None:
            self.transport.close()
