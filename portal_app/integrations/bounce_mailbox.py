"""Reading the mailbox that mail comes back to, by IMAP: it is opened for reading only, and nothing in it is changed.

Of each new mail only its kind is asked for; what is no delivery report, such as other people's mail in a shared
inbox, is never fetched.
"""

import asyncio
import base64
import contextlib
import imaplib
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from portal_app import logs
from portal_app.errors import PortalError
from portal_app.integrations.delivery_reports import Report, is_report, read_report
from portal_app.integrations.mail import certificate_problem, one_line, verifying_tls
from portal_app.settings import ImapServer

STEP_SECONDS = 15.0
WHOLE_SECONDS = 60.0
MOST_MAILS = 200
MOST_REPORTS = 50
LARGEST_FETCH = 200_000
OLDEST_DAYS = 14
_MOST_RECEIVED = 2 * MOST_REPORTS * LARGEST_FETCH
_LONGEST_ANSWER = 200
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"\bUID (\d{1,10})\b")
log = logs.get(__name__)


class MailboxError(PortalError):
    """The mailbox could not be read; the sentence is for the office and holds no secret."""


class MailboxUnreachable(MailboxError):
    """The server could not be reached, broke off or took too long: it may work later."""


class MailboxRefused(MailboxError):
    """The server does not let us in as things are set; only a person can help."""


@dataclass(frozen=True, slots=True)
class Position:
    """Up to which mail a folder has been read; UIDs mean something only under their validity (RFC 3501)."""

    validity: int = 0
    last_uid: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found: how many new mails, the reports among them, where to go on, and whether more is waiting."""

    mails: int
    reports: tuple[Report, ...]
    position: Position
    more: bool


async def look(server: ImapServer, after: Position) -> Look:
    """Return the delivery reports among the mails after a position, at most OLDEST_DAYS old; takes up to a minute.

    A folder that was made anew is read from its beginning. Raises MailboxUnreachable or MailboxRefused.
    """
    line = _Line(server)
    try:
        return await asyncio.to_thread(_look, line, server, after)
    except asyncio.CancelledError:
        # Otherwise a portal that is stopped would wait for a server that is silent.
        line.cut()
        raise


def _look(line: "_Line", server: ImapServer, after: Position) -> Look:
    try:
        line.call()
        _sign_in(line, server)
        found = _read(line, server.folder, after)
        line.say_goodbye()
    except (imaplib.IMAP4.error, OSError, ValueError, EOFError) as error:
        raise _trouble(error, server, cut=line.was_cut) from None
    finally:
        line.hang_up()
    return found


class _Line(imaplib.IMAP4):
    """A connection that ends after WHOLE_SECONDS whatever the server does, and takes no answers beyond a size."""

    def __init__(self, server: ImapServer) -> None:
        self.was_cut = False
        self._server = server
        self._connection: socket.socket | None = None
        self._received = 0
        self._watch = threading.Timer(WHOLE_SECONDS, self.cut)
        self._watch.daemon = True

    def call(self) -> None:
        """Connect and read the greeting."""
        self._watch.start()
        super().__init__(self._server.host, self._server.port, timeout=STEP_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        connection = self._connection = socket.create_connection((self._server.host, self._server.port), timeout)
        if self._server.tls:
            context, name = verifying_tls(), self._server.host
            secured = context.wrap_socket(connection, server_hostname=name, do_handshake_on_connect=False)
            connection = self._connection = secured
            secured.do_handshake()
        if self.was_cut:
            raise TimeoutError
        return connection

    def cut(self) -> None:
        """End the connection at once; whoever waits for it is told that it took too long."""
        self.was_cut = True
        if self._connection is not None:
            with contextlib.suppress(OSError):
                # Not the TLS socket's own, which would wait for the other side's goodbye.
                socket.socket.shutdown(self._connection, socket.SHUT_RDWR)

    def read(self, size: int) -> bytes:
        """Read so many bytes, as the server announced them."""
        self._count(size)
        return super().read(size)

    def readline(self) -> bytes:
        """Read a line."""
        line = super().readline()
        self._count(len(line))
        return line

    def _count(self, size: int) -> None:
        self._received += size
        if self._received > _MOST_RECEIVED:
            raise self.abort("more than was asked for")

    def say_goodbye(self) -> None:
        """End as is polite; what has been read counts, however it ends."""
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            self.logout()

    def hang_up(self) -> None:
        """Close everything."""
        self._watch.cancel()
        with contextlib.suppress(OSError, AttributeError):
            self.shutdown()
        if self._connection is not None:
            self._connection.close()


def _sign_in(line: _Line, server: ImapServer) -> None:
    """Sign in with what the server offers; LOGIN knows ASCII only, so other passwords go by PLAIN (RFC 4616)."""
    secret = f"\0{server.username}\0{server.password}"
    try:
        if secret.isascii() and "LOGINDISABLED" not in line.capabilities:
            line.login(_quoted(server.username), server.password)
        else:
            line.authenticate("PLAIN", lambda _: secret.encode())
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        said = _said(error, server)
        raise MailboxRefused(f"The mailbox's server does not accept the user name and password{said}.") from None


def _read(line: _Line, folder: str, after: Position) -> Look:
    answer, said = line.select(_quoted(_folder_name(folder)), readonly=True)
    if answer != "OK":
        raise MailboxRefused(f"The folder “{one_line(folder, 80)}” cannot be opened: {_clean(said[0])}.")
    validity = _number(line.response("UIDVALIDITY")[1])
    start = after.last_uid if after.validity == validity else 0
    uids = _new_uids(line, start)
    batch = uids[:MOST_MAILS]
    reports: list[Report] = []
    fetched = 0
    last = start
    wanted = _reports_among(line, batch) if batch else set()
    for uid in batch:
        if uid in wanted:
            if fetched == MOST_REPORTS:
                break
            fetched += 1
            reports += _fetched(line, uid)
        last = uid
    seen = sum(1 for uid in batch if uid <= last)
    return Look(seen, tuple(reports), Position(validity, last), more=seen < len(uids))


def _new_uids(line: _Line, start: int) -> list[int]:
    day = datetime.now(UTC) - timedelta(days=OLDEST_DAYS)
    since = f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"
    found = _answer(line.uid("SEARCH", f"UID {start + 1}:*", "SINCE", since))
    words = b" ".join(part for part in found if isinstance(part, bytes)).split()
    # `n:*` names the last mail even when its UID is below n.
    return sorted({int(word) for word in words if word.isdigit() and start < int(word) < 2**32})


def _reports_among(line: _Line, uids: list[int]) -> set[int]:
    """Return the UIDs whose Content-Type is that of a delivery report."""
    numbers = ",".join(map(str, uids))
    answer = _answer(line.uid("FETCH", numbers, "(UID BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE)]<0.2000>)"))
    return {uid for uid, header in _literals(answer) if is_report(_content_type(header))}


def _answer(said: tuple[str, list[Any]]) -> list[Any]:
    if said[0] != "OK":
        raise imaplib.IMAP4.error(said[1][-1] if said[1] else b"")
    return said[1]


def _content_type(header: bytes) -> str:
    return header.decode("utf-8", errors="replace").partition(":")[2]


def _fetched(line: _Line, uid: int) -> Iterator[Report]:
    """Yield the report of one mail, if it is one that can be read."""
    # A mail that the server cannot give is passed over: it must not be in the way of those behind it.
    _, answer = line.uid("FETCH", str(uid), f"(UID BODY.PEEK[]<0.{LARGEST_FETCH}>)")
    for found, raw in _literals(answer):
        if found != uid:
            continue
        try:
            report = read_report(raw[:LARGEST_FETCH])
        except Exception as error:
            # Anybody can write here: a mail that trips us up is passed over, and the next one read.
            log.error("delivery_report_failed", uid=uid, reference=logs.reference(), exc_info=error)
            continue
        if report is not None:
            yield report


def _literals(answer: list[Any]) -> Iterator[tuple[int, bytes]]:
    """Yield UID and content of each mail of a FETCH; servers name the UID before the content or behind it."""
    for index, part in enumerate(answer):
        if not isinstance(part, tuple):
            continue
        behind = answer[index + 1] if index + 1 < len(answer) else b""
        found = _UID.search(part[0]) or _UID.search(behind if isinstance(behind, bytes) else b"")
        if found:
            yield int(found[1]), part[1]


def _number(values: list[Any]) -> int:
    value = values[0] if values else None
    return int(value) if isinstance(value, bytes) and value.isdigit() and len(value) <= 10 else 0


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _folder_name(folder: str) -> str:
    """Return a folder's name in the UTF-7 of RFC 3501, section 5.1.3."""

    def encoded(found: re.Match[str]) -> str:
        if found[0] == "&":
            return "&-"
        packed = base64.b64encode(found[0].encode("utf-16-be"), b"+,").decode().rstrip("=")
        return f"&{packed}-"

    return re.sub(r"&|[^\x20-\x7e]+", encoded, folder)


def _trouble(error: Exception, server: ImapServer, *, cut: bool) -> MailboxError:
    """Return what an error means, in a sentence for the office."""
    if (reason := certificate_problem(error)) is not None:
        return MailboxRefused(f"The mailbox's server {server.host} could not prove who it is: {reason}.")
    if cut or isinstance(error, TimeoutError):
        return MailboxUnreachable(f"The mailbox's server {server.host} took too long to answer.")
    if isinstance(error, imaplib.IMAP4.error):
        said = _said(error, server)
        return MailboxUnreachable(
            f"The mailbox's server {server.host} broke off, or answered what IMAP does not{said}."
        )
    return MailboxUnreachable(
        f"The mailbox's server {server.host} cannot be reached on port {server.port}, or broke off."
    )


def _said(error: Exception, server: ImapServer) -> str:
    """Return the server's words, if any; never with the password, which some repeat."""
    words = error.args[0] if error.args else ""
    said = _clean(words).replace(server.password, "…")
    return f": {said}" if said else ""


def _clean(words: object) -> str:
    text = words.decode("utf-8", errors="replace") if isinstance(words, bytes) else str(words or "")
    return one_line(text, _LONGEST_ANSWER).rstrip(".")
