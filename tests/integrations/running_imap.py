"""An IMAP4rev1 server on loopback, with as much of RFC 3501 as imaplib needs to read a mailbox, and troubles."""

import asyncio
import base64
import re
import ssl
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from portal_app.settings import ImapServer

DEADLINE = 20.0
NAME, PASSWORD = "portal@hartley.example", 'sés"ame\\'
Given = TypeVar("Given")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


class _No(Exception):
    """The server says no, with these words."""


@dataclass
class Mail:
    """One mail in a folder, with the day on which it arrived."""

    uid: int
    raw: bytes
    arrived: datetime


@dataclass
class Trouble:
    """How the server misbehaves.

    It is silent from the command `hangs_at` on, closes the line at `cuts_at` in the middle of its answer, says NO to
    `says_no_to`, drips an endless greeting (`drips`), announces far more than was asked for (`floods`), names the UID
    behind the content (`uid_behind`), and knows neither sign-in but LOGIN (`login_only`) nor UIDVALIDITY (`timeless`).
    """

    hangs_at: str = ""
    cuts_at: str = ""
    says_no_to: str = ""
    drips: bool = False
    floods: bool = False
    uid_behind: bool = False
    login_only: bool = False
    timeless: bool = False


@dataclass
class RunningImap:
    """`with RunningImap() as imap:`; `imap.add(raw)` puts a mail into `imap.folder`; `commands` is what was asked."""

    tls: ssl.SSLContext | None = None
    folder: str = "INBOX"
    password: str = PASSWORD
    validity: int = 7
    mails: list[Mail] = field(default_factory=list)
    trouble: Trouble = field(default_factory=Trouble)
    commands: list[str] = field(default_factory=list)
    port: int = 0

    def add(self, raw: bytes, *, uid: int = 0, arrived: datetime | None = None) -> int:
        """Put a mail into the folder; returns its UID."""
        uid = uid or max((mail.uid for mail in self.mails), default=0) + 1
        self.mails.append(Mail(uid, raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), arrived or datetime.now(UTC)))
        return uid

    def make_anew(self) -> None:
        """Number all mails from 1, as a server does after its folder was restored."""
        self.validity += 1
        for uid, mail in enumerate(self.mails, 1):
            mail.uid = uid

    def server(self, password: str | None = None, folder: str = "INBOX") -> ImapServer:
        """Return the server as the portal is told of it."""
        host = "localhost" if self.tls else "127.0.0.1"
        return ImapServer(host, self.port, NAME, password or self.password, folder, tls=self.tls is not None)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._talks: set[asyncio.Task[None]] = set()
        self._listener = self._call(asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=self.tls))
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE)
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, Given]) -> Given:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(DEADLINE)

    async def _stop(self) -> None:
        self._listener.close()
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._listener.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            await _Talk(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            self.commands.append("(line lost)")
        finally:
            self._talks.discard(task)
            writer.transport.abort()


class _Talk:
    """One connection."""

    def __init__(self, imap: RunningImap, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._imap, self._reader, self._writer = imap, reader, writer

    async def run(self) -> None:
        trouble = self._imap.trouble
        while trouble.drips:
            self._writer.write(b"*")
            await self._writer.drain()
            await asyncio.sleep(0.02)
        await self._send("* OK ready\r\n")
        while line := (await self._reader.readline()).decode():
            tag, name, rest = [*line.rstrip("\r\n").split(" ", 2), ""][:3]
            if name == "UID":
                name, _, rest = rest.partition(" ")
            self._imap.commands.append(f"{name} {rest}".strip())
            if trouble.hangs_at == name:
                await asyncio.Event().wait()
            try:
                answer = await self._answer(name, rest)
            except _No as no:
                await self._send(f"{tag} NO {no}\r\n")
                continue
            if trouble.cuts_at == name:
                await self._send(answer[: len(answer) // 2])
                return
            await self._send(f"{answer}{tag} OK done\r\n")
            if name == "LOGOUT":
                return

    async def _answer(self, name: str, rest: str) -> str:
        if self._imap.trouble.says_no_to == name:
            raise _No("not now")
        return await getattr(self, f"_{name.lower()}")(rest)

    async def _send(self, text: str) -> None:
        self._writer.write(text.encode("latin-1"))
        await self._writer.drain()

    async def _capability(self, _rest: str) -> str:
        return f"* CAPABILITY IMAP4rev1{'' if self._imap.trouble.login_only else ' AUTH=PLAIN'}\r\n"

    async def _login(self, rest: str) -> str:
        given = [re.sub(r"\\(.)", r"\1", found[1]) for found in _QUOTED.finditer(rest)]
        if given != [NAME, self._imap.password]:
            raise _No(f"[AUTHENTICATIONFAILED] {given[-1]} is wrong")
        return ""

    async def _authenticate(self, _rest: str) -> str:
        await self._send("+ \r\n")
        given = base64.b64decode(await self._reader.readline()).decode()
        if given != f"\0{NAME}\0{self._imap.password}":
            raise _No("[AUTHENTICATIONFAILED] That is wrong")
        return ""

    async def _examine(self, rest: str) -> str:
        if rest != f'"{self._imap.folder}"':
            raise _No("Mailbox does not exist")
        timed = "" if self._imap.trouble.timeless else f"* OK [UIDVALIDITY {self._imap.validity}] is it\r\n"
        return f"* {len(self._imap.mails)} EXISTS\r\n{timed}"

    async def _search(self, rest: str) -> str:
        found = re.fullmatch(r"UID (\d+):\* SINCE (\d+-\w+-\d+)", rest)
        assert found, rest
        since = datetime.strptime(found[2], "%d-%b-%Y").replace(tzinfo=UTC)
        last = max((mail.uid for mail in self._imap.mails), default=0)
        # RFC 3501: `n:*` names the last mail even when it is below n.
        uids = [mail.uid for mail in self._imap.mails if mail.uid >= int(found[1]) or mail.uid == last]
        young = {mail.uid for mail in self._imap.mails if mail.arrived >= since}
        return f"* SEARCH {' '.join(str(uid) for uid in uids if uid in young)}\r\n"

    async def _fetch(self, rest: str) -> str:
        numbers, _, what = rest.partition(" ")
        wanted = {int(number) for number in numbers.split(",")}
        mails = [(index, mail) for index, mail in enumerate(self._imap.mails, 1) if mail.uid in wanted]
        return "".join(self._fetched(index, mail, what) for index, mail in mails)

    def _fetched(self, index: int, mail: Mail, what: str) -> str:
        assert "BODY.PEEK[" in what, "It would mark mails as read."
        name, content = "BODY[]", mail.raw
        if "CONTENT-TYPE" in what:
            head = mail.raw.partition(b"\r\n\r\n")[0] + b"\r\n"
            found = re.search(rb"(?im)^content-type:.*\r\n(?:[ \t].*\r\n)*", head)
            name, content = "BODY[HEADER.FIELDS (CONTENT-TYPE)]", (found[0] if found else b"") + b"\r\n"
        limit = re.search(r"<0\.(\d+)>", what)
        content = content[: int(limit[1])] if limit else content
        size = 10**9 if self._imap.trouble.floods else len(content)
        uid = f"UID {mail.uid}"
        before, behind = ("", f" {uid}") if self._imap.trouble.uid_behind else (f"{uid} ", "")
        return f"* {index} FETCH ({before}{name}<0> {{{size}}}\r\n{content.decode('latin-1')}{behind})\r\n"

    async def _logout(self, _rest: str) -> str:
        return "* BYE\r\n"
