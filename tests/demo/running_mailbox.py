"""The demo's mailbox, really listening, for whichever test needs to see mail leave."""

import logging
import socket
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn

from portal_app.demo.mailbox.server import make_server
from portal_app.demo.mailbox.smtp import Trouble
from portal_app.demo.mailbox.store import Message, Store

DEADLINE = 20.0


class RunningMailbox:
    """SMTP, page and API on one free loopback port, in a thread: `with RunningMailbox(tmp_path) as mailbox:`.

    `trouble` makes it misbehave: `trouble.refused.add(address)` answers 550, `trouble.busy = 2` answers the next two
    mails with 451, `trouble.drops = 1` keeps the next one and cuts the line, `trouble.sign_in = (name, password)`.
    """

    def __init__(self, folder: Path) -> None:
        self.trouble = Trouble()
        self.port = 0
        self._file = folder / "mailbox.db"
        self._server: uvicorn.Server | None = None

    @property
    def url(self) -> str:
        """The address of its page and API, without a slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def smtp_url(self) -> str:
        """The address for PORTAL_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """The portal's settings under which its mail arrives here."""
        return {"PORTAL_SMTP_URL": self.smtp_url, "PORTAL_MAIL_FROM": "portal@hartley.example"}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; after a stop, on the same port as before."""
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        self._store = Store(self._file)
        listener = socket.socket(proto=socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._server = make_server(self._store, self.trouble, log_level="critical")
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        end = time.monotonic() + DEADLINE
        while not self._server.started:
            assert self._thread.is_alive(), "The mailbox did not start."
            assert time.monotonic() < end, "The mailbox took too long to start."
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop listening: connections are refused until the next start; what has arrived stays."""
        if self._server is None:
            return
        self._server.should_exit = True
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive(), "The mailbox did not stop."
        self._server = None
        self._store.close()

    def messages(self, to: str = "") -> list[dict[str, Any]]:
        """Return what has arrived, newest first: to, subject, text, html, received_at, from, reply_to, message_id."""
        answer = httpx.get(f"{self.url}/api/messages", params={"to": to}, timeout=DEADLINE, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def all_kept(self) -> list[Message]:
        """Return every message that is kept; `messages` are the newest."""
        return self._store.newest(limit=sys.maxsize)

    def wait_for(self, to: str, subject_part: str = "", *, count: int = 1, seconds: float = DEADLINE) -> dict[str, Any]:
        """Return the newest mail to an address whose subject holds the words, once `count` such have arrived."""
        end = time.monotonic() + seconds
        while True:
            found = [mail for mail in self.messages(to) if subject_part.lower() in mail["subject"].lower()]
            if len(found) >= count:
                return found[0]
            subjects = [(mail["to"], mail["subject"]) for mail in self.messages()]
            assert time.monotonic() < end, f"No mail to {to} with “{subject_part}” in time; there are {subjects}"
            time.sleep(0.05)
