"""Few statements for many rows: what storing a page of CRM records needs of the database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import Select, Table, bindparam, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

CHUNK = 500


def chunks(values: Iterable[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    """Yield lists of at most `size` values."""
    iterator = iter(values)
    while part := list(islice(iterator, size)):
        yield part


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of a record that is already here."""

    id: int
    stamp: datetime | None
    content_hash: str | None
    deleted: bool


def stored_by_id(session: Session, table: Table, connection_id: int, external_ids: Iterable[str]) -> dict[str, Stored]:
    """Return what is stored under these external ids."""
    found: dict[str, Stored] = {}
    for part in chunks(external_ids):
        rows = session.connection().execute(_stored_statement(table), {"connection": connection_id, "ids": part})
        found |= {key: Stored(row_id, stamp, digest, gone is not None) for key, row_id, stamp, digest, gone in rows}
    return found


@cache
def _stored_statement(table: Table) -> Select[*tuple[Any, ...]]:
    # An idle pass asks this of every stream, and building it takes longer than answering it.
    c = table.c
    return select(c.external_id, c.id, c.source_updated_at, c.content_hash, c.deleted_at).where(
        c.connection_id == bindparam("connection"), c.external_id.in_(bindparam("ids", expanding=True))
    )


def row_ids(session: Session, table: Table, connection_id: int, external_ids: Iterable[str]) -> dict[str, int]:
    """Return the rows of these external ids, deleted ones too."""
    c = table.c
    found: dict[str, int] = {}
    for part in chunks(external_ids):
        rows = session.connection().execute(
            select(c.external_id, c.id).where(c.connection_id == connection_id, c.external_id.in_(part))
        )
        found.update((key, row_id) for key, row_id in rows)
    return found


def whole_rows(session: Session, table: Table, ids: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    """Return whole rows by their number."""
    found: dict[int, Mapping[str, Any]] = {}
    for part in chunks(ids):
        for row in session.connection().execute(select(table).where(table.c.id.in_(part))).mappings():
            found[row["id"]] = dict(row)
    return found


def insert_many(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns."""
    if rows:
        session.connection().execute(insert(table), list(rows))


def update_many(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Update rows by `id`; all have the same columns."""
    if not rows:
        return
    names = [name for name in rows[0] if name != "id"]
    statement = update(table).where(table.c.id == bindparam("row_id")).values({name: bindparam(name) for name in names})
    given = [{**{name: row[name] for name in names}, "row_id": row["id"]} for row in rows]
    session.connection().execute(statement, given)


def insert_new(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, leaving out those that a unique constraint says are there already."""
    if not rows:
        return
    dialect = session.connection().dialect.name
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    session.connection().execute(make(table).on_conflict_do_nothing(), list(rows))


def delete_where_in(session: Session, table: Table, column: str, values: Iterable[int]) -> None:
    """Delete the rows whose column has one of the values."""
    for part in chunks(values):
        session.connection().execute(table.delete().where(table.c[column].in_(part)))


def pairs_in(table: Table, first: str, second: str, pairs: Sequence[tuple[Any, Any]]) -> Any:
    """Return the condition that two columns are one of the pairs."""
    return tuple_(table.c[first], table.c[second]).in_(pairs)
