"""The mailbox's own file: the newest messages, as they arrived and as a mail program would show them."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from pathlib import Path

MOST_MESSAGES = 1000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  recipient TEXT NOT NULL,
  received_at TEXT NOT NULL,
  raw BLOB NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One mail as it arrived; `to` is the address of the envelope, the other texts are decoded."""

    id: int
    to: str
    received_at: str
    sender: str
    reply_to: str
    subject: str
    text: str
    html: str
    message_id: str
    headers: dict[str, str]

    def as_dict(self) -> dict[str, object]:
        """Return it as the API shows it."""
        return {
            "id": self.id,
            "to": self.to,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "received_at": self.received_at,
            "from": self.sender,
            "reply_to": self.reply_to,
            "message_id": self.message_id,
            "headers": self.headers,
        }


class Store:
    """A SQLite file of messages, of which the newest MOST_MESSAGES are kept; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, timeout=10, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(_SCHEMA)

    @contextmanager
    def _cursor(self) -> Iterator[sqlite3.Cursor]:
        with self._lock:
            cursor = self._connection.cursor()
            try:
                yield cursor
            finally:
                cursor.close()

    def add(self, recipient: str, raw: bytes) -> None:
        """Keep one message for one recipient, and let the oldest go when there are too many."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._cursor() as cursor:
            cursor.execute("INSERT INTO message (recipient, received_at, raw) VALUES (?, ?, ?)", (recipient, now, raw))
            cursor.execute("DELETE FROM message WHERE id <= ?", ((cursor.lastrowid or 0) - MOST_MESSAGES,))

    def newest(self, to: str = "", limit: int = 200) -> list[Message]:
        """Return the newest messages first, perhaps only those to one address."""
        words = "SELECT id, recipient, received_at, raw FROM message WHERE ? IN ('', lower(recipient)) "
        with self._cursor() as cursor:
            rows = cursor.execute(words + "ORDER BY id DESC LIMIT ?", (to.lower(), limit)).fetchall()
        return [_read(*row) for row in rows]

    def get(self, message_id: int) -> Message | None:
        """Return one message, None when it is not there."""
        with self._cursor() as cursor:
            words = "SELECT id, recipient, received_at, raw FROM message WHERE id = ?"
            row = cursor.execute(words, (message_id,)).fetchone()
        return _read(*row) if row else None

    def empty(self) -> None:
        """Let all messages go."""
        with self._cursor() as cursor:
            cursor.execute("DELETE FROM message")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


def _read(message_id: int, recipient: str, received_at: str, raw: bytes) -> Message:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return Message(
        id=message_id,
        to=recipient,
        received_at=received_at,
        sender=_header(mail, "From"),
        reply_to=_header(mail, "Reply-To"),
        subject=_header(mail, "Subject"),
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
        message_id=_header(mail, "Message-ID"),
        headers={name: _header(mail, name) for name in mail},
    )


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return str(mail.get(name, ""))
    except (MessageError, ValueError, IndexError, AttributeError):
        return ""


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        return str(part.get_payload())
