"""Keeping the words under which jobs and invoices are found: written with the records themselves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, Table, bindparam, exists, select
from sqlmodel import Session

from portal_app.models import Invoice, Job, RecordWord
from portal_app.models.base import table_of
from portal_app.services.crm_reading import Written
from portal_app.services.crm_store import chunks, insert_new
from portal_app.services.customer_words import LONGEST_WORD, split

MOST_WORDS = 40
CHUNK = 500
_WORD = table_of(RecordWord)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: its CRM stream, its table, the columns whose words it is found by, and its day."""

    stream: str
    table: Table
    columns: tuple[str, ...]
    day: str


KINDS = {
    "job": Kind("jobs", table_of(Job), ("number", "title"), "opened_at"),
    "invoice": Kind("invoices", table_of(Invoice), ("number",), "issued_on"),
}
_OF_STREAM = {kind.stream: name for name, kind in KINDS.items()}


def follow(session: Session, stream: str, written: Iterable[Written]) -> None:
    """Write the words of the records of a CRM's stream that are new or were renamed; other streams have none."""
    if stream not in _OF_STREAM:
        return
    name = _OF_STREAM[stream]
    kind = KINDS[name]
    told = {*kind.columns, kind.day}
    write(session, name, {one.row_id: one.new for one in written if one.created or told.intersection(one.changed)})


def write(session: Session, name: str, records: Mapping[int, Mapping[str, Any]]) -> None:
    """Write the words of records anew, given by their rows with at least the columns of their kind."""
    c = _WORD.c
    for part in chunks(records):
        gone = _WORD.delete().where(c.kind == name, c.record_id.in_(part))
        session.connection().execute(gone)
    kind = KINDS[name]
    rows = [
        {"kind": name, "word": word, "age": _age(values[kind.day]), "record_id": row_id}
        for row_id, values in records.items()
        for word in words_of(*(str(values[column]) for column in kind.columns))
    ]
    insert_new(session, _WORD, rows)


def write_missing(session: Session, name: str, after: int) -> list[int]:
    """Write the words of the next records behind a row number that have none; returns those rows, in order."""
    rows = session.connection().execute(_missing(name), {"kind": name, "after": after}).mappings().all()
    records: dict[int, Mapping[str, Any]] = {row["id"]: dict(row) for row in rows}
    write(session, name, records)
    return list(records)


@cache
def _missing(name: str) -> Select[*tuple[Any, ...]]:
    kind = KINDS[name]
    c = kind.table.c
    known = exists().where(_WORD.c.kind == bindparam("kind"), _WORD.c.record_id == c.id)
    columns = (c.id, *(c[column] for column in (*kind.columns, kind.day)))
    return select(*columns).where(c.id > bindparam("after"), ~known).order_by(c.id).limit(CHUNK)


def words_of(number: str, title: str = "") -> Sequence[str]:
    """Return the folded words of a number and a title, the number also as one word without its signs."""
    pieces = split(number)
    found = dict.fromkeys([*pieces, "".join(pieces)[:LONGEST_WORD], *split(title)])
    found.pop("", None)
    return list(found)[:MOST_WORDS]


def _age(day: date | datetime | None) -> int:
    return -day.toordinal() if day else 0
