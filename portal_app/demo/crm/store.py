"""One SQLite file with every record of every stream, the commands received, and counters for new ids."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal_app.demo.crm.stamps import now_stamp, read_rfc3339

Record = dict[str, Any]

STREAMS = (
    "customers",
    "contacts",
    "locations",
    "technicians",
    "series",
    "jobs",
    "visits",
    "quotes",
    "invoices",
    "payments",
    "messages",
    "attachments",
    "service-requests",
)
# Kept for the office's eyes; the contract has no stream of this name.
OFFICE_STREAMS = ("booking-notes",)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    number INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    external_id TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    verbatim INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS records_by_id ON records (stream, external_id, updated_at, deleted);
CREATE UNIQUE INDEX IF NOT EXISTS records_once ON records (stream, external_id);
CREATE INDEX IF NOT EXISTS records_by_stamp ON records (stream, updated_at, external_id);
CREATE TABLE IF NOT EXISTS commands (
    number INTEGER PRIMARY KEY,
    command TEXT NOT NULL,
    portal_id TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    body TEXT NOT NULL,
    answer TEXT NOT NULL,
    external_id TEXT,
    UNIQUE (command, portal_id)
);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""

_PUT = """
INSERT INTO records (stream, external_id, updated_at, deleted, verbatim, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (stream, external_id) DO UPDATE SET
    updated_at = excluded.updated_at, deleted = excluded.deleted,
    verbatim = excluded.verbatim, body = excluded.body
"""
_COLUMNS = "external_id, updated_at, deleted, verbatim, body"
_WALK_IDS = f"""
SELECT {_COLUMNS} FROM records INDEXED BY records_by_id
WHERE stream = ? AND external_id > ? AND updated_at BETWEEN ? AND ? ORDER BY external_id LIMIT ?
"""  # noqa: S608 - the only part put in is the constant above
_WALK_STAMPS = f"""
SELECT {_COLUMNS} FROM records WHERE number IN (
    SELECT number FROM records INDEXED BY records_by_stamp
    WHERE stream = ? AND external_id > ? AND updated_at BETWEEN ? AND ? ORDER BY external_id LIMIT ?
) ORDER BY external_id
"""  # noqa: S608 - the only part put in is the constant above
_FEW = 3_000
_COUNT_FEW = """
SELECT count(*) FROM (
    SELECT 1 FROM records INDEXED BY records_by_stamp WHERE stream = ? AND updated_at BETWEEN ? AND ? LIMIT ?
)
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One stored record; `body` is its JSON text without the three fields every record has."""

    external_id: str
    updated_at: int
    deleted: bool
    verbatim: bool
    body: str

    def fields(self) -> Record:
        """Give the record's own fields, without `external_id`, `updated_at` and `deleted`."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Command:
    """One command the portal sent: what, when first, how often, and the answer it got."""

    command: str
    portal_id: str
    received_at: int
    times: int
    body: Record
    answer: Record
    external_id: str | None


def dumps(value: Any) -> str:
    """Write JSON as plain ASCII, so that half a surrogate pair can be kept and served as it came."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


class Store:
    """A connection to the CRM's file; safe to share between threads, each call is its own transaction."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all or nothing of what happens inside; may be nested."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._db.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("COMMIT")

    def put_many(self, stream: str, records: Iterable[Mapping[str, Any]]) -> int:
        """Create or replace whole records in one transaction and give their number.

        Each has `external_id`; `updated_at` (RFC 3339) and `deleted` may be left out and are then now and false.
        """
        now = now_stamp()
        rows = [_to_row(stream, record, now) for record in records]
        with self.transaction():
            self._db.executemany(_PUT, rows)
        return len(rows)

    def put(self, stream: str, external_id: str, fields: Record, updated_at: int, *, deleted: bool = False) -> None:
        """Create or replace one record from its own fields."""
        with self.transaction():
            self._db.execute(_PUT, (stream, external_id, updated_at, deleted, False, dumps(fields)))

    def put_verbatim(self, stream: str, external_id: str, value: Any, updated_at: int) -> None:
        """Keep any JSON value that is later served as it is, however wrong a record it makes."""
        with self.transaction():
            self._db.execute(_PUT, (stream, external_id, updated_at, False, True, dumps(value)))

    def get(self, stream: str, external_id: str) -> Row | None:
        """Give one record, deleted or not."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM records WHERE stream = ? AND external_id = ?",  # noqa: S608
            (stream, external_id),
        )
        return rows[0] if rows else None

    def fields(self, stream: str, external_id: Any) -> Record | None:
        """Give the fields of a record that exists and is not deleted."""
        row = self.get(stream, external_id) if isinstance(external_id, str) else None
        return None if row is None or row.deleted or row.verbatim else row.fields()

    def all(self, stream: str) -> list[tuple[str, Record]]:
        """Give every record that is not deleted, as id and fields, by id."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM records WHERE stream = ? AND NOT deleted AND NOT verbatim"  # noqa: S608
            " ORDER BY external_id",
            (stream,),
        )
        return [(row.external_id, row.fields()) for row in rows]

    def recent(self, stream: str, limit: int) -> list[tuple[str, Record]]:
        """Give the records changed last that are not deleted, as id and fields."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM records INDEXED BY records_by_stamp"  # noqa: S608
            " WHERE stream = ? AND NOT deleted AND NOT verbatim ORDER BY updated_at DESC LIMIT ?",
            (stream, limit),
        )
        return [(row.external_id, row.fields()) for row in rows]

    def walk(self, stream: str, after_id: str, lower: int, upper: int, limit: int) -> list[Row]:
        """Give the records of a window of stamps (both ends in it) whose id is larger, by id.

        A window with few records is found by stamp, a wide one by walking the ids: either way a page is cheap.
        """
        with self._lock:
            found = self._db.execute(_COUNT_FEW, (stream, lower, upper, _FEW)).fetchone()[0]
        sql = _WALK_STAMPS if found < _FEW else _WALK_IDS
        return self._rows(sql, (stream, after_id, lower, upper, limit))

    def ids(self, stream: str, after_id: str, limit: int) -> list[str]:
        """Give the ids of the records that are not deleted, by id."""
        with self._lock:
            found = self._db.execute(
                "SELECT external_id FROM records INDEXED BY records_by_id"
                " WHERE stream = ? AND external_id > ? AND NOT deleted ORDER BY external_id LIMIT ?",
                (stream, after_id, limit),
            ).fetchall()
        return [external_id for (external_id,) in found]

    def newest(self, stream: str) -> int:
        """Give the largest stamp of a stream, 0 when it is empty."""
        with self._lock:
            found = self._db.execute("SELECT max(updated_at) FROM records WHERE stream = ?", (stream,)).fetchone()[0]
        return found or 0

    def count(self, stream: str) -> int:
        """Count the records of a stream that are not deleted."""
        with self._lock:
            sql = "SELECT count(*) FROM records WHERE stream = ? AND NOT deleted"
            return self._db.execute(sql, (stream,)).fetchone()[0]

    def is_empty(self) -> bool:
        """Tell whether there is no record at all."""
        with self._lock:
            return self._db.execute("SELECT 1 FROM records LIMIT 1").fetchone() is None

    def next_id(self, prefix: str, first: int = 9001) -> str:
        """Give a new id of this CRM's own, such as `pay_9001`."""
        with self.transaction():
            value = self._db.execute(
                "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
                (prefix, first),
            ).fetchone()[0]
        return f"{prefix}_{value}"

    def command(self, command: str, portal_id: str) -> Command | None:
        """Give a command received earlier under this id."""
        found = self._commands("WHERE command = ? AND portal_id = ?", (command, portal_id))
        return found[0] if found else None

    def commands(self, limit: int = 10_000) -> list[Command]:
        """Give the commands received, newest first."""
        return self._commands("ORDER BY number DESC LIMIT ?", (limit,))

    def commands_of(self, command: str) -> list[Command]:
        """Give the commands of one kind, oldest first."""
        return self._commands("WHERE command = ? ORDER BY number", (command,))

    def keep_command(self, command: str, portal_id: str, body: Record, answer: Record, received_at: int) -> None:
        """Keep a command with the answer it was given."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO commands (command, portal_id, received_at, body, answer, external_id)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (command, portal_id, received_at, dumps(body), dumps(answer), answer.get("external_id")),
            )

    def count_again(self, command: str, portal_id: str) -> None:
        """Note that a command came once more."""
        with self.transaction():
            sql = "UPDATE commands SET times = times + 1 WHERE command = ? AND portal_id = ?"
            self._db.execute(sql, (command, portal_id))

    def _rows(self, sql: str, values: tuple[Any, ...]) -> list[Row]:
        with self._lock:
            found = self._db.execute(sql, values).fetchall()
        return [Row(key, stamp, bool(deleted), bool(verbatim), body) for key, stamp, deleted, verbatim, body in found]

    def _commands(self, where: str, values: tuple[Any, ...]) -> list[Command]:
        sql = "SELECT command, portal_id, received_at, times, body, answer, external_id FROM commands "
        with self._lock:
            found = self._db.execute(sql + where, values).fetchall()
        return [
            Command(name, key, at, times, json.loads(body), json.loads(answer), external_id)
            for name, key, at, times, body, answer, external_id in found
        ]


def _to_row(stream: str, record: Mapping[str, Any], now: int) -> tuple[str, str, int, bool, bool, str]:
    fields = dict(record)
    external_id = fields.pop("external_id")
    given = fields.pop("updated_at", None)
    deleted = bool(fields.pop("deleted", False))
    stamp = now if given is None else read_rfc3339(given)
    return stream, external_id, stamp, deleted, False, dumps(fields)
